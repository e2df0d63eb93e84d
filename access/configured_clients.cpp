#include "access/configured_clients.hpp"

#include "access/client_metadata.hpp"
#include "access/secret.hpp"
#include "access/token_grants.hpp"
#include "repository/crypto.hpp"

namespace bm {

namespace {

/// The one that is meant, by what users type.
Result<OAuthClient> named_client(RegisteredClients& clients, std::string_view id_or_name) {
    std::optional<OAuthClient> found;
    bool has_several = false;
    for (RegisteredClient& each : clients.all()) {
        if (each.client.id == id_or_name) return std::move(each.client);
        // Those that registered themselves choose their names: none stands for another.
        if (!each.is_configured || each.client.name != id_or_name) continue;
        has_several = found.has_value();
        found = std::move(each.client);
    }
    const std::string named = "'" + std::string(id_or_name) + "'";
    if (has_several)
        return fail(Fault::ambiguous, "Several clients are called " + named +
                                          ". Name the one by its id: bm client list");
    if (!found)
        return fail(Fault::not_found,
                    "There is no client " + named + ". See what there is: bm client list");
    return *std::move(found);
}

void forget(Database& database, const std::string& id) {
    TokenGrants grants(database);
    for (const TokenGrant& grant : grants.all()) {
        if (grant.client == id) grants.remove(grant.id);
    }
    for (const char* sql :
         {"DELETE FROM authorization_code WHERE client_id = ?",
          "DELETE FROM device WHERE client_id = ?", "DELETE FROM consent WHERE client_id = ?"}) {
        auto statement = database.prepare(sql);
        statement.run().bind(id).done();
    }
}

}  // namespace

Result<ConfiguredClient> add_configured_client(AccessStore& store, const ConfiguredClientWish& wish,
                                               Seconds now) {
    Json grants = {std::string(kRefreshGrant)};
    if (!wish.redirect_uris.empty()) grants.push_back(std::string(kCodeGrant));
    if (wish.is_device) grants.push_back(std::string(kDeviceGrant));
    if (wish.redirect_uris.empty() && !wish.is_device)
        return fail(Fault::invalid,
                    "Say where the answer goes, as the program tells it: --redirect URI. A program "
                    "that shows a code instead has none: --device.");
    auto described = client_of_metadata({{"client_name", wish.name},
                                         {"redirect_uris", wish.redirect_uris},
                                         {"grant_types", std::move(grants)}});
    if (!described) return fail(Fault::invalid, described.error().description);
    ConfiguredClient made{*std::move(described), std::nullopt};
    made.client.id = "bmci_" + base64url(random_bytes(16));
    if (wish.is_confidential) {
        made.secret = new_secret(SecretKind::client_secret);
        made.client.auth = ClientAuth::secret_basic;
        made.client.secret = secret_digest(*made.secret);
    }
    store.write([&](Database& database) {
        RegisteredClients(database).add(made.client, true, now);
        return true;
    });
    return made;
}

std::vector<RegisteredClient> all_clients(AccessStore& store) {
    return store.read([](Database& database) { return RegisteredClients(database).all(); });
}

Result<OAuthClient> remove_client(AccessStore& store, std::string_view id_or_name) {
    return store.write([&](Database& database) -> Result<OAuthClient> {
        RegisteredClients clients(database);
        auto client = named_client(clients, id_or_name);
        if (!client) return client;
        forget(database, client->id);
        static_cast<void>(clients.remove(client->id));
        return client;
    });
}

}  // namespace bm
