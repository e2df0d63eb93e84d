#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "access/user_accounts.hpp"

namespace bm {

constexpr Seconds kLoginLife = kDay;
/// Over plain http a login serves one page after it: see BrowserVisit.
constexpr Seconds kPlainLoginLife = 10 * kMinute;
constexpr Seconds kKnownBrowserLife = 180 * kDay;

/// Browsers in which somebody is logged in, by the digest of the secret in their cookie. Works on
/// the connection it is given.
class BrowserLogins {
public:
    explicit BrowserLogins(Database& database) : database_(database) {}

    void add(std::string_view secret, std::int64_t user, Seconds now, Seconds life = kLoginLife);
    /// For somebody whose password was right a moment ago. False when he has another one by now, or
    /// is gone.
    bool add_verified(std::string_view secret, const UserAccount& verified, Seconds now,
                      Seconds life = kLoginLife);
    [[nodiscard]] std::optional<UserAccount> find(std::string_view secret, Seconds now);
    void remove(std::string_view secret);

private:
    Database& database_;
};

/// Browsers in which somebody has logged in before, for half a year: what others guess does not
/// keep them out. Opens nothing by itself. Works on the connection it is given.
class KnownBrowsers {
public:
    explicit KnownBrowsers(Database& database) : database_(database) {}

    /// Keeps the newest 20 of a user; one that is known is new again.
    void add(std::string_view secret, std::int64_t user, Seconds now);
    [[nodiscard]] bool knows(std::string_view secret, std::int64_t user, Seconds now);

private:
    Database& database_;
};

/// What a user has let a client do. A new client, a new redirect or a wider scope asks again, and
/// so does everybody after half a year, or once something of the client was revoked.
class Consents {
public:
    explicit Consents(Database& database) : database_(database) {}

    void give(std::int64_t user, std::string_view client, std::string_view redirect_uri,
              std::string_view scope, Seconds now);
    /// The scope that was granted, as long as that holds.
    [[nodiscard]] std::optional<std::string> find(std::int64_t user, std::string_view client,
                                                  std::string_view redirect_uri, Seconds now);

private:
    Database& database_;
};

}  // namespace bm
