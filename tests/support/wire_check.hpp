#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tests/support/json_schema.hpp"

namespace bm::test {

/// Listens to one dialogue and compares every message of the server with the official schema of the
/// revision it belongs to, in which no member may be unknown. Also counts the answers to each
/// request. The schemas are read from data/mcp/, relative to the working directory.
class WireCheck {
public:
    using Json = JsonSchema::Json;

    /// What the client said, as bytes: it need not be a message.
    void sent(std::string_view line);
    void received(const Json& message);

    /// What was wrong so far.
    [[nodiscard]] const std::vector<std::string>& violations() const noexcept {
        return violations_;
    }

private:
    struct Asked {
        std::string method;
        std::string revision;  ///< empty: not settled
    };

    void sent_message(const Json& message);
    void sent_cancellation(const Json& message);
    void received_one(const Json& message);
    void received_request(const Json& message);
    void received_notification(const Json& message);
    void received_result(const Json& message);
    void received_error(const Json& message);
    void complain(const Json& message, const std::string& revision, const std::string& what);
    [[nodiscard]] std::vector<std::string> possible_revisions(const Json& notification) const;

    std::string session_;
    bool modern_ = false;  // some request stood alone
    std::map<std::string, std::vector<Asked>> asked_;
    std::map<std::string, std::string> tokens_;  // progress token -> revision
    std::vector<std::string> violations_;
};

/// The schema file of a revision, read once.
[[nodiscard]] const JsonSchema& revision_schema(const std::string& revision);

}  // namespace bm::test
