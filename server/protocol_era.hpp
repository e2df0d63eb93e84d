#pragma once

#include <array>
#include <string_view>
#include <variant>

#include "server/protocol_error.hpp"

namespace bm {

/// Which structured results a revision knows.
enum class Structured { none, object, any };

/// What differs between the revisions of the protocol, as data. Every decision that depends on a
/// revision asks its row; nothing compares version strings elsewhere.
struct RevisionPolicy {
    std::string_view version;
    bool modern = false;    ///< each request carries its own version; there is no session
    bool batching = false;  ///< a line may be an array of messages
    bool tool_annotations = false;
    bool titles = false;
    Structured structured = Structured::none;
    bool audio = false;
    bool resource_links = false;
    bool progress_message = false;
    bool completions_capability = false;
    bool completion_context = false;
    bool elicitation = false;
    bool elicitation_mode = false;  ///< a form is called so
    bool extensions = false;
    bool result_type = false;
    bool cache_hints = false;
    bool server_info_meta = false;
    bool null_for_unreadable_id = false;  ///< else the id is left out
    int resource_not_found = -32002;
    bool sse_priming = false;         ///< event streams begin with an event that has only an id
    int unknown_method_status = 200;  ///< of HTTP
};

inline constexpr std::string_view newest_legacy_version = "2025-11-25";

/// Oldest first.
[[nodiscard]] const std::array<RevisionPolicy, 5>& revisions() noexcept;

/// Null for a version that we do not speak.
[[nodiscard]] const RevisionPolicy* find_revision(std::string_view version) noexcept;

/// The one that came first. Both are of revisions().
[[nodiscard]] const RevisionPolicy& older_of(const RevisionPolicy& a,
                                             const RevisionPolicy& b) noexcept;

/// What a handshake that asks for `requested` is answered with: that very revision where it is one
/// of the legacy ones, else the newest of them.
[[nodiscard]] const RevisionPolicy& negotiated_revision(std::string_view requested) noexcept;

/// The versions that a request may claim in its metadata.
[[nodiscard]] Json modern_versions();

/// Names of the members of a modern request's `_meta`.
namespace meta_key {
inline constexpr const char* version = "io.modelcontextprotocol/protocolVersion";
inline constexpr const char* client_capabilities = "io.modelcontextprotocol/clientCapabilities";
inline constexpr const char* log_level = "io.modelcontextprotocol/logLevel";
inline constexpr const char* server_info = "io.modelcontextprotocol/serverInfo";
inline constexpr const char* subscription_id = "io.modelcontextprotocol/subscriptionId";
inline constexpr const char* progress_token = "progressToken";
}  // namespace meta_key

/// A handshake that opens a legacy session.
struct OpensSession {};
/// A call within the legacy session.
struct InSession {
    const RevisionPolicy* policy;
};
/// A request that stands alone and says so; its metadata is yet to be checked.
struct StandsAlone {};
/// A request that belongs to neither era.
struct BelongsNowhere {};

using EraClaim = std::variant<OpensSession, InSession, StandsAlone, BelongsNowhere>;

/// Which era a request on a connection without headers belongs to. `session` is the revision that
/// an earlier handshake on this connection has settled, or null.
[[nodiscard]] EraClaim claimed_era(std::string_view method, const Json& params,
                                   const RevisionPolicy* session);

/// The revision that a request which stands alone claims: first its metadata must be whole (invalid
/// params), then name a modern revision (unsupported version).
[[nodiscard]] OrError<const RevisionPolicy*> claimed_revision(const Json& params);

/// The answer to a request that belongs nowhere: it names both ways in.
[[nodiscard]] ProtocolError no_era_error();

}  // namespace bm
