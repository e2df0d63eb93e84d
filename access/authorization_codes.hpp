#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "access/access_store.hpp"
#include "access/scope_set.hpp"

namespace bm {

constexpr Seconds kCodeLife = 60;

/// What a user has granted, on its way to the client.
struct AuthorizationCode {
    std::string client;
    std::string redirect_uri;
    std::string challenge;
    ScopeSet scope;  ///< with `offline` when a refresh token is to come
    std::string resource;
    std::int64_t user = 0;
    Seconds expires_at = 0;
    bool spent = false;
    std::optional<std::int64_t> grant;  ///< what was issued for it
};

/// Codes by their digests. Works on the connection it is given.
class AuthorizationCodes {
public:
    explicit AuthorizationCodes(Database& database) : database_(database) {}

    void add(std::string_view secret, const AuthorizationCode& code);
    [[nodiscard]] std::optional<AuthorizationCode> find(std::string_view secret);
    void spend(std::string_view secret, std::int64_t grant);

private:
    Database& database_;
};

}  // namespace bm
