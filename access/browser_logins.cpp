#include "access/browser_logins.hpp"

#include <string>

#include "repository/crypto.hpp"

namespace bm {

namespace {

constexpr int kMostKnownBrowsers = 20;

std::string browser_row(std::int64_t user) { return "browser/" + std::to_string(user) + "/"; }

std::string browser_row(std::int64_t user, std::string_view secret) {
    return browser_row(user) + base64url(secret_digest(secret));
}

}  // namespace

void BrowserLogins::add(std::string_view secret, std::int64_t user, Seconds now, Seconds life) {
    auto statement =
        database_.prepare("INSERT INTO login (digest, user_id, expires_at) VALUES (?, ?, ?)");
    statement.run().bind_blob(secret_digest(secret)).bind(user).bind(now + life).done();
}

bool BrowserLogins::add_verified(std::string_view secret, const UserAccount& verified, Seconds now,
                                 Seconds life) {
    const auto account = UserAccounts(database_).find(verified.id);
    if (!account || account->password != verified.password) return false;
    add(secret, verified.id, now, life);
    return true;
}

std::optional<UserAccount> BrowserLogins::find(std::string_view secret, Seconds now) {
    const std::string digest = secret_digest(secret);
    std::int64_t user = 0;
    {
        auto statement =
            database_.prepare("SELECT user_id FROM login WHERE digest = ? AND expires_at > ?");
        auto query = statement.run();
        if (!query.bind_blob(digest).bind(now).step()) return std::nullopt;
        user = query.integer(0);
    }
    return UserAccounts(database_).find(user);
}

void BrowserLogins::remove(std::string_view secret) {
    auto statement = database_.prepare("DELETE FROM login WHERE digest = ?");
    statement.run().bind_blob(secret_digest(secret)).done();
}

void KnownBrowsers::add(std::string_view secret, std::int64_t user, Seconds now) {
    auto statement = database_.prepare(
        "INSERT OR REPLACE INTO setting (name, value, expires_at) VALUES (?, ?, ?)");
    statement.run()
        .bind(browser_row(user, secret))
        .bind_blob("known")
        .bind(now + kKnownBrowserLife)
        .done();
    auto trim = database_.prepare(
        "DELETE FROM setting WHERE name GLOB ?1 AND name NOT IN (SELECT name FROM setting WHERE "
        "name GLOB ?1 ORDER BY expires_at DESC, name LIMIT ?2)");
    trim.run().bind(browser_row(user) + "*").bind(kMostKnownBrowsers).done();
}

bool KnownBrowsers::knows(std::string_view secret, std::int64_t user, Seconds now) {
    auto statement = database_.prepare("SELECT 1 FROM setting WHERE name = ? AND expires_at > ?");
    auto query = statement.run();
    const std::string name = browser_row(user, secret);
    return query.bind(name).bind(now).step();
}

void Consents::give(std::int64_t user, std::string_view client, std::string_view redirect_uri,
                    std::string_view scope, Seconds now) {
    auto statement = database_.prepare(
        "INSERT OR REPLACE INTO consent (user_id, client_id, redirect_uri, scope, given_at) VALUES "
        "(?, ?, ?, ?, ?)");
    statement.run().bind(user).bind(client).bind(redirect_uri).bind(scope).bind(now).done();
}

std::optional<std::string> Consents::find(std::int64_t user, std::string_view client,
                                          std::string_view redirect_uri, Seconds now) {
    auto statement = database_.prepare(
        "SELECT scope FROM consent WHERE user_id = ? AND client_id = ? AND redirect_uri = ? AND "
        "given_at > ?");
    auto query = statement.run();
    query.bind(user).bind(client).bind(redirect_uri).bind(now - kConsentLife);
    if (!query.step()) return std::nullopt;
    return query.string(0);
}

}  // namespace bm
