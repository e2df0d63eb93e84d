#include "access/token_grants.hpp"

#include <algorithm>

#include "repository/crypto.hpp"

namespace bm {

namespace {

constexpr std::string_view kGrantColumns =
    "g.id, g.name, g.user_id, g.client_id, g.scope, g.project, g.resource, g.created_at, "
    "g.ends_at, g.used_at";

// What we wrote ourselves; anything else reads nothing more than it says.
ScopeSet stored_scope(std::string_view text) {
    ScopeSet scope = ScopeSet::parse(text).value_or(ScopeSet{});
    if (text.empty()) scope.write = false;
    return scope;
}

TokenGrant token_grant(const Query& query) {
    TokenGrant grant;
    grant.id = query.integer(0);
    grant.name = query.string(1);
    grant.user = query.optional_integer(2);
    grant.client = query.optional_string(3);
    grant.scope = stored_scope(query.text(4));
    grant.project = query.optional_string(5);
    grant.resource = query.optional_string(6);
    grant.created_at = query.integer(7);
    grant.ends_at = query.optional_integer(8);
    grant.used_at = query.optional_integer(9);
    return grant;
}

bool is_over(const std::optional<Seconds>& end, Seconds now) noexcept { return end && *end <= now; }

/// What has given no tokens yet. Spent codes stay: they tell who shows one again.
std::string_view pending_rows(std::string_view table) noexcept {
    return table == "device" ? "state = 'approved'" : "spent = 0";
}

}  // namespace

std::string TokenGrant::principal() const {
    if (!client) return "token/" + std::to_string(id);
    return "user/" + std::to_string(user.value_or(0)) + "/" + *client;
}

std::int64_t TokenGrants::add(const TokenGrant& grant) {
    auto statement = database_.prepare(
        "INSERT INTO access_grant (name, user_id, client_id, scope, project, resource, created_at, "
        "ends_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?)");
    statement.run()
        .bind(grant.name)
        .bind(grant.user)
        .bind(grant.client)
        .bind(grant.scope.text())
        .bind(grant.project)
        .bind(grant.resource)
        .bind(grant.created_at)
        .bind(grant.ends_at)
        .done();
    return database_.last_insert_id();
}

std::int64_t TokenGrants::add_child(const TokenGrant& grant, std::int64_t parent) {
    const std::int64_t id = add(grant);
    auto statement = database_.prepare("UPDATE access_grant SET parent_id = ? WHERE id = ?");
    statement.run().bind(parent).bind(id).done();
    return id;
}

std::int64_t TokenGrants::for_openid_client(std::int64_t user, const std::string& client,
                                            ScopeSet scope, Seconds now, Seconds ends_at) {
    auto statement = database_.prepare(
        "INSERT INTO access_grant (name, user_id, scope, openid_client, created_at, ends_at, "
        "used_at) VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (user_id, openid_client) WHERE "
        "openid_client IS NOT NULL DO UPDATE SET ends_at = max(ends_at, excluded.ends_at), used_at "
        "= excluded.used_at, scope = excluded.scope RETURNING id");
    auto query = statement.run();
    query.bind(client).bind(user).bind(scope.text()).bind(client);
    query.bind(now).bind(ends_at).bind(now).step();
    return query.integer(0);
}

std::int64_t TokenGrants::root_of(std::int64_t id) {
    auto statement = database_.prepare("SELECT parent_id FROM access_grant WHERE id = ?");
    auto query = statement.run();
    return query.bind(id).step() ? query.optional_integer(0).value_or(id) : id;
}

void TokenGrants::end_children(std::int64_t parent, Seconds at) {
    auto statement = database_.prepare(
        "UPDATE access_grant SET ends_at = min(coalesce(ends_at, ?1), ?1) WHERE parent_id = ?2");
    statement.run().bind(at).bind(parent).done();
}

std::optional<TokenGrant> TokenGrants::find(std::int64_t id) {
    auto statement = database_.prepare("SELECT " + std::string(kGrantColumns) +
                                       " FROM access_grant g WHERE g.id = ?");
    auto query = statement.run();
    if (!query.bind(id).step()) return std::nullopt;
    return token_grant(query);
}

std::vector<TokenGrant> TokenGrants::all() {
    std::vector<TokenGrant> grants;
    auto statement = database_.prepare("SELECT " + std::string(kGrantColumns) +
                                       " FROM access_grant g ORDER BY g.id");
    auto query = statement.run();
    while (query.step()) grants.push_back(token_grant(query));
    return grants;
}

bool TokenGrants::remove(std::int64_t id) {
    // Otherwise the client would be back with the next visit of the browser, and nobody asked.
    auto consent = database_.prepare(
        "DELETE FROM consent WHERE EXISTS (SELECT 1 FROM access_grant g WHERE g.id = ? AND "
        "g.user_id = consent.user_id AND g.client_id = consent.client_id)");
    consent.run().bind(id).done();
    // Nor would it have to come back: what was approved waits to become tokens.
    for (const std::string table : {"authorization_code", "device"}) {
        auto pending = database_.prepare(
            "DELETE FROM " + table + " WHERE " + std::string(pending_rows(table)) +
            " AND EXISTS (SELECT 1 FROM access_grant g WHERE g.id = ? AND g.user_id = " + table +
            ".user_id AND g.client_id = " + table + ".client_id)");
        pending.run().bind(id).done();
    }
    auto statement = database_.prepare("DELETE FROM access_grant WHERE id = ?");
    statement.run().bind(id).done();
    return database_.changes() > 0;
}

void TokenGrants::remove_pending(std::int64_t user) {
    for (const std::string table : {"authorization_code", "device"}) {
        auto pending = database_.prepare("DELETE FROM " + table + " WHERE " +
                                         std::string(pending_rows(table)) + " AND user_id = ?");
        pending.run().bind(user).done();
    }
}

void TokenGrants::add_token(std::string_view secret, std::int64_t grant, bool refreshes,
                            ScopeSet scope, std::optional<Seconds> expires_at) {
    auto statement = database_.prepare(
        "INSERT INTO token (digest, grant_id, refreshes, scope, expires_at) VALUES (?, ?, ?, ?, "
        "?)");
    statement.run()
        .bind_blob(secret_digest(secret))
        .bind(grant)
        .bind(refreshes)
        .bind(scope.text())
        .bind(expires_at)
        .done();
}

std::optional<LiveToken> TokenGrants::find_live(std::string_view secret, Seconds now) {
    auto statement =
        database_.prepare("SELECT " + std::string(kGrantColumns) +
                          ", t.scope, t.expires_at FROM token t JOIN access_grant g ON g.id = "
                          "t.grant_id WHERE t.digest = ? AND t.refreshes = 0");
    const std::string digest = secret_digest(secret);
    auto query = statement.run();
    if (!query.bind_blob(digest).step()) return std::nullopt;
    LiveToken token{token_grant(query), stored_scope(query.text(10))};
    if (is_over(query.optional_integer(11), now) || is_over(token.grant.ends_at, now))
        return std::nullopt;
    return token;
}

std::optional<TokenGrant> TokenGrants::find_by_token(std::string_view secret) {
    const std::string digest = secret_digest(secret);
    auto statement = database_.prepare("SELECT " + std::string(kGrantColumns) +
                                       " FROM token t JOIN access_grant g ON g.id = t.grant_id "
                                       "WHERE t.digest = ?");
    auto query = statement.run();
    if (!query.bind_blob(digest).step()) return std::nullopt;
    return token_grant(query);
}

void TokenGrants::touch(const TokenGrant& grant, Seconds now) {
    auto statement = database_.prepare("UPDATE access_grant SET used_at = ? WHERE id = ?");
    statement.run().bind(now).bind(grant.id).done();
}

std::variant<LiveToken, TokenGrants::Spent, TokenGrants::Dead> TokenGrants::retire(
    std::string_view secret, std::string_view client, Seconds now) {
    const std::string digest = secret_digest(secret);
    std::optional<Seconds> retired_at;
    std::int64_t siblings = 0;
    LiveToken token;
    {
        auto statement = database_.prepare(
            "SELECT " + std::string(kGrantColumns) +
            ", t.scope, t.expires_at, t.retired_at, t.grace_used FROM token t JOIN access_grant g "
            "ON g.id = t.grant_id WHERE t.digest = ? AND t.refreshes = 1");
        auto query = statement.run();
        if (!query.bind_blob(digest).step()) return Dead{};
        token = {token_grant(query), stored_scope(query.text(10))};
        if (token.grant.client != client) return Dead{};
        if (is_over(query.optional_integer(11), now) || is_over(token.grant.ends_at, now))
            return Dead{};
        retired_at = query.optional_integer(12);
        siblings = query.integer(13);
    }
    if (retired_at && (siblings >= kRefreshSiblings || now > *retired_at + kRefreshGrace)) {
        remove(token.grant.id);
        return Spent{};
    }
    auto update = database_.prepare(
        "UPDATE token SET grace_used = grace_used + (retired_at IS NOT NULL), retired_at = "
        "coalesce(retired_at, ?) WHERE digest = ?");
    update.run().bind(now).bind_blob(digest).done();
    return token;
}

void TokenGrants::revoke(std::string_view secret, std::string_view client) {
    const std::string digest = secret_digest(secret);
    std::int64_t grant = 0;
    bool refreshes = false;
    {
        auto statement = database_.prepare(
            "SELECT g.id, t.refreshes FROM token t JOIN access_grant g ON g.id = t.grant_id WHERE "
            "t.digest = ? AND g.client_id = ?");
        auto query = statement.run();
        if (!query.bind_blob(digest).bind(client).step()) return;
        grant = query.integer(0);
        refreshes = query.integer(1) != 0;
    }
    if (refreshes) {
        remove(grant);
        return;
    }
    auto statement = database_.prepare("DELETE FROM token WHERE digest = ?");
    statement.run().bind_blob(digest).done();
}

}  // namespace bm
