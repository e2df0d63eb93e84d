#include "access/authorization_codes.hpp"

#include "repository/crypto.hpp"

namespace bm {

void AuthorizationCodes::add(std::string_view secret, const AuthorizationCode& code) {
    auto statement = database_.prepare(
        "INSERT INTO authorization_code (digest, client_id, redirect_uri, challenge, scope, "
        "offline, resource, user_id, expires_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)");
    statement.run()
        .bind_blob(secret_digest(secret))
        .bind(code.client)
        .bind(code.redirect_uri)
        .bind(code.challenge)
        .bind(code.scope.text())
        .bind(code.scope.offline)
        .bind(code.resource)
        .bind(code.user)
        .bind(code.expires_at)
        .done();
}

std::optional<AuthorizationCode> AuthorizationCodes::find(std::string_view secret) {
    const std::string digest = secret_digest(secret);
    auto statement = database_.prepare(
        "SELECT client_id, redirect_uri, challenge, scope, offline, resource, user_id, expires_at, "
        "spent, grant_id FROM authorization_code WHERE digest = ?");
    auto query = statement.run();
    if (!query.bind_blob(digest).step()) return std::nullopt;
    AuthorizationCode code;
    code.client = query.string(0);
    code.redirect_uri = query.string(1);
    code.challenge = query.string(2);
    code.scope = ScopeSet::parse(query.text(3)).value_or(ScopeSet{});
    code.scope.offline = query.integer(4) != 0;
    code.resource = query.string(5);
    code.user = query.integer(6);
    code.expires_at = query.integer(7);
    code.spent = query.integer(8) != 0;
    code.grant = query.optional_integer(9);
    return code;
}

void AuthorizationCodes::spend(std::string_view secret, std::int64_t grant) {
    auto statement =
        database_.prepare("UPDATE authorization_code SET spent = 1, grant_id = ? WHERE digest = ?");
    statement.run().bind(grant).bind_blob(secret_digest(secret)).done();
}

}  // namespace bm
