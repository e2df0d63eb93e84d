#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "server/http_message.hpp"

namespace bm {

/// What a caller may do. Writing implies reading.
enum class Scope { read, write };

/// The name on the wire: `notes:read`, `notes:write`.
[[nodiscard]] constexpr std::string_view scope_name(Scope scope) noexcept {
    return scope == Scope::write ? "notes:write" : "notes:read";
}

/// Who calls. Sessions, tasks and sealed states belong to the principal `id`, which is never empty
/// and the same for each request of one user with one client.
struct Principal {
    std::string id;
    Scope scope = Scope::write;
    std::optional<std::string> project;  ///< the only project that the caller may touch
    /// The number of the account, for those who keep one space for each. None for a token that
    /// belongs to nobody.
    std::optional<std::int64_t> user = {};
};

/// The duties of a resource server (RFC 6750, MCP authorization): who may call the endpoint. Called
/// from several threads at once. An endpoint without an authorizer is open to whoever reaches it.
class Authorizer {
public:
    Authorizer() = default;
    Authorizer(const Authorizer&) = delete;
    Authorizer& operator=(const Authorizer&) = delete;
    virtual ~Authorizer() = default;

    /// The caller, or what to answer: 401 with a challenge, 400 for what is no credential at all.
    /// Asked for each request; a session is no credential.
    [[nodiscard]] virtual std::variant<Principal, HttpResponse> authorize(
        const HttpRequest& request) = 0;

    /// What to answer a caller who lacks a scope: 403 with a challenge.
    [[nodiscard]] virtual HttpResponse refuse_scope(Scope needed) = 0;
};

}  // namespace bm
