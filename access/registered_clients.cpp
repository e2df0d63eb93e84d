#include "access/registered_clients.hpp"

#include "access/strict_json.hpp"

namespace bm {

namespace {

std::vector<std::string> stored_strings(std::string_view text) {
    const Json list = Json::parse(text, nullptr, false);
    return strings_member(Json{{"list", list}}, "list").value_or(std::vector<std::string>());
}

constexpr const char* kClientColumns = "id, name, redirect_uris, grant_types, auth_method, secret";

template <class Query>
OAuthClient stored_client(Query& query) {
    OAuthClient client;
    client.id = query.string(0);
    client.name = query.string(1);
    client.redirect_uris = stored_strings(query.text(2));
    client.grant_types = stored_strings(query.text(3));
    client.auth = client_auth_of(query.text(4)).value_or(ClientAuth::secret_basic);
    if (!query.is_null(5)) client.secret = std::string(query.blob(5));
    return client;
}

}  // namespace

void RegisteredClients::add(const OAuthClient& client, bool configured, Seconds now) {
    auto statement = database_.prepare(
        "INSERT INTO client (id, configured, name, redirect_uris, grant_types, auth_method, "
        "secret, created_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?)");
    const std::string uris = json_text(client.redirect_uris);
    const std::string grants = json_text(client.grant_types);
    auto query = statement.run();
    query.bind(client.id).bind(configured).bind(client.name).bind(uris).bind(grants);
    query.bind(client_auth_name(client.auth));
    if (client.secret) {
        query.bind_blob(*client.secret);
    } else {
        query.bind_null();
    }
    query.bind(now).done();
}

std::optional<OAuthClient> RegisteredClients::find(std::string_view id) {
    auto statement =
        database_.prepare("SELECT " + std::string(kClientColumns) + " FROM client WHERE id = ?");
    auto query = statement.run();
    if (!query.bind(id).step()) return std::nullopt;
    return stored_client(query);
}

std::vector<RegisteredClient> RegisteredClients::all() {
    auto statement =
        database_.prepare("SELECT " + std::string(kClientColumns) +
                          ", configured, created_at, used_at FROM client ORDER BY created_at, id");
    std::vector<RegisteredClient> clients;
    for (auto query = statement.run(); query.step();) {
        RegisteredClient& one = clients.emplace_back();
        one.client = stored_client(query);
        one.is_configured = query.integer(6) != 0;
        one.created_at = query.integer(7);
        if (!query.is_null(8)) one.used_at = query.integer(8);
    }
    return clients;
}

void RegisteredClients::touch(std::string_view id, Seconds now) {
    auto statement = database_.prepare("UPDATE client SET used_at = ? WHERE id = ?");
    statement.run().bind(now).bind(id).done();
}

void RegisteredClients::make_room(std::int64_t most) {
    auto statement = database_.prepare(
        "DELETE FROM client WHERE id IN (SELECT id FROM client WHERE configured = 0 AND used_at IS "
        "NULL ORDER BY created_at LIMIT max(0, (SELECT count(*) FROM client WHERE configured = 0 "
        "AND used_at IS NULL) - ?))");
    statement.run().bind(most).done();
}

bool RegisteredClients::remove(std::string_view id) {
    auto statement = database_.prepare("DELETE FROM client WHERE id = ?");
    statement.run().bind(id).done();
    return database_.changes() > 0;
}

}  // namespace bm
