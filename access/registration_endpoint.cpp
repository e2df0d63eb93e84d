#include "access/registration_endpoint.hpp"

#include "access/answers.hpp"
#include "access/client_metadata.hpp"
#include "access/registered_clients.hpp"
#include "access/secret.hpp"
#include "repository/crypto.hpp"

namespace bm {

namespace {

constexpr std::size_t kLongestRegistration = 16 * 1024;
constexpr std::int64_t kMostUnusedClients = 1000;

/// All that was accepted, so that the client sees what it is.
Json registered_json(const OAuthClient& client, const Json& asked, Seconds now) {
    Json body = {
        {"client_id", client.id},
        {"client_id_issued_at", now},
        {"redirect_uris", client.redirect_uris},
        {"grant_types", client.grant_types},
        {"response_types", client.may_use(kCodeGrant) ? Json::array({"code"}) : Json::array()},
        {"token_endpoint_auth_method", std::string(client_auth_name(client.auth))}};
    if (!client.name.empty()) body["client_name"] = client.name;
    for (const char* member : {"scope", "application_type", "client_uri", "logo_uri", "tos_uri",
                               "policy_uri", "software_id", "software_version"}) {
        if (const auto text = string_member(asked, member)) body[member] = *text;
    }
    return body;
}

}  // namespace

HttpResponse registration_response(const AccessParts& parts, const HttpRequest& request) {
    if (!parts.limits.admits(Limited::registration_of_peer, request.peer)) return too_many(3600);
    if (!has_media_type(request, "application/json"))
        return oauth_error(400, "invalid_client_metadata", "The body must be application/json.");
    const auto given = strict_object(request.body, kLongestRegistration);
    if (!given)
        return oauth_error(400, "invalid_client_metadata",
                           "The body is no proper JSON object of at most 16 KiB.");
    const Json asked = without_nulls(*given);
    auto client = client_of_metadata(asked);
    if (!client) return oauth_error(400, client.error().error, client.error().description);
    const auto auth =
        asked.contains("token_endpoint_auth_method")
            ? client_auth_of(string_member(asked, "token_endpoint_auth_method").value_or(""))
            : ClientAuth::secret_basic;
    if (!auth)
        return oauth_error(400, "invalid_client_metadata",
                           "token_endpoint_auth_method is none, client_secret_basic or "
                           "client_secret_post.");
    client->auth = *auth;
    client->id = "bmci_" + base64url(random_bytes(16));
    const Seconds now = parts.now();
    Json body = registered_json(*client, asked, now);
    if (client->auth != ClientAuth::none) {
        const std::string secret = new_secret(SecretKind::client_secret);
        client->secret = secret_digest(secret);
        body["client_secret"] = secret;
        body["client_secret_expires_at"] = 0;
    }
    parts.store.write([&](Database& database) {
        RegisteredClients clients(database);
        clients.make_room(kMostUnusedClients - 1);
        clients.add(*client, false, now);
        return true;
    });
    parts.note(LogLevel::info, "client " + client->id + " registered as " + log_word(client->name) +
                                   " from " + request.peer);
    HttpResponse answer = json_answer(201, body);
    answer.fields.add("Cache-Control", "no-store");
    return answer;
}

}  // namespace bm
