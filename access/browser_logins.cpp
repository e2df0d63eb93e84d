#include "access/browser_logins.hpp"

#include <string>

#include "repository/crypto.hpp"

namespace bm {

void BrowserLogins::add(std::string_view secret, std::int64_t user, Seconds now) {
    auto statement =
        database_.prepare("INSERT INTO login (digest, user_id, expires_at) VALUES (?, ?, ?)");
    statement.run().bind_blob(secret_digest(secret)).bind(user).bind(now + kLoginLife).done();
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

void Consents::give(std::int64_t user, std::string_view client, std::string_view redirect_uri,
                    std::string_view scope, Seconds now) {
    auto statement = database_.prepare(
        "INSERT OR REPLACE INTO consent (user_id, client_id, redirect_uri, scope, given_at) VALUES "
        "(?, ?, ?, ?, ?)");
    statement.run().bind(user).bind(client).bind(redirect_uri).bind(scope).bind(now).done();
}

std::optional<std::string> Consents::find(std::int64_t user, std::string_view client,
                                          std::string_view redirect_uri) {
    auto statement = database_.prepare(
        "SELECT scope FROM consent WHERE user_id = ? AND client_id = ? AND redirect_uri = ?");
    auto query = statement.run();
    if (!query.bind(user).bind(client).bind(redirect_uri).step()) return std::nullopt;
    return query.string(0);
}

}  // namespace bm
