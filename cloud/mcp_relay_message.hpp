#pragma once

#include <string>
#include <string_view>

#include "cloud/mcp_relay.hpp"

namespace bm {

/// One line of the client, and what of it the way depends on.
struct McpRelay::Message {
    std::string text;
    std::string method;
    std::string id;         ///< JSON; empty for what wants no answer
    std::string revision;   ///< that a modern request names
    std::string name;       ///< for Mcp-Name
    std::string cancelled;  ///< the request that a notification of the client calls back
    bool is_batch = false;
    bool is_ours = false;  ///< the client has not sent it, and gets no answer

    static Message read(std::string line);
    [[nodiscard]] bool is_modern() const { return !revision.empty(); }
    [[nodiscard]] bool wants_answer() const { return !id.empty() || is_batch; }
    /// Of a batch the first answer counts for all.
    [[nodiscard]] bool is_answered_by(std::string_view event) const;
};

}  // namespace bm
