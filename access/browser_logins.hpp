#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "access/user_accounts.hpp"

namespace bm {

constexpr Seconds kLoginLife = kDay;

/// Browsers in which somebody is logged in, by the digest of the secret in their cookie. Works on
/// the connection it is given.
class BrowserLogins {
public:
    explicit BrowserLogins(Database& database) : database_(database) {}

    void add(std::string_view secret, std::int64_t user, Seconds now);
    [[nodiscard]] std::optional<UserAccount> find(std::string_view secret, Seconds now);
    void remove(std::string_view secret);

private:
    Database& database_;
};

/// What a user has let a client do. A new client, a new redirect or a wider scope asks again.
class Consents {
public:
    explicit Consents(Database& database) : database_(database) {}

    void give(std::int64_t user, std::string_view client, std::string_view redirect_uri,
              std::string_view scope, Seconds now);
    /// The scope that was granted.
    [[nodiscard]] std::optional<std::string> find(std::int64_t user, std::string_view client,
                                                  std::string_view redirect_uri);

private:
    Database& database_;
};

}  // namespace bm
