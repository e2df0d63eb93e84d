#include "access/token_endpoint.hpp"

#include <algorithm>

#include "access/answers.hpp"
#include "access/authorization_codes.hpp"
#include "access/client_authentication.hpp"
#include "access/device_codes.hpp"
#include "access/pkce.hpp"
#include "access/registered_clients.hpp"
#include "access/secret.hpp"
#include "access/token_grants.hpp"

namespace bm {

namespace {

/// Whether the secret is one that was given out: what is not needs no write, which others wait for.
bool is_given_out(const AccessParts& parts, std::string_view secret) {
    return parts.store.read([&](Database& database) {
        return AuthorizationCodes(database).find(secret) || DeviceCodes(database).find(secret) ||
               TokenGrants(database).find_by_token(secret);
    });
}

/// Either the tokens or an error of RFC 6749, 5.2.
struct TokenError {
    std::string error;
    std::string description;
};
using TokenOutcome = tl::expected<Json, TokenError>;

tl::unexpected<TokenError> token_error(std::string error, std::string description) {
    return tl::unexpected<TokenError>({std::move(error), std::move(description)});
}

tl::unexpected<TokenError> dead_grant() {
    return token_error("invalid_grant", "It is unknown, expired, revoked or was used before.");
}

/// A new pair of tokens of a grant; only an access token where no refresh was asked for.
Json issued_tokens(TokenGrants& grants, const TokenGrant& grant, ScopeSet scope, bool refreshes,
                   Seconds now) {
    const std::string access = new_secret(SecretKind::access_token);
    grants.add_token(access, grant.id, false, scope, now + kAccessTokenLife);
    const Seconds life =
        std::min(kAccessTokenLife, grant.ends_at.value_or(now + kAccessTokenLife) - now);
    Json body = {{"access_token", access}, {"token_type", "Bearer"}, {"expires_in", life}};
    if (refreshes) {
        const std::string refresh = new_secret(SecretKind::refresh_token);
        const Seconds end = now + kRefreshTokenLife;
        grants.add_token(refresh, grant.id, true, grant.scope,
                         std::min(end, grant.ends_at.value_or(end)));
        body["refresh_token"] = refresh;
    }
    body["scope"] = scope.text();
    return body;
}

TokenGrant new_grant(const AccessParts& parts, Database& database, const std::string& client,
                     std::int64_t user, ScopeSet scope, const std::string& resource) {
    TokenGrant grant;
    const auto known = RegisteredClients(database).find(client);
    const std::string name = known ? known->name : parts.clients.known_name(client);
    grant.name = name.empty() ? client : name;
    grant.user = user;
    grant.client = client;
    grant.scope = scope;
    grant.resource = resource;
    grant.created_at = parts.now();
    grant.ends_at = grant.created_at + (scope.offline ? kGrantLife : kAccessTokenLife);
    grant.id = TokenGrants(database).add(grant);
    return grant;
}

bool names_other_resource(const FormFields& form, const std::string& resource,
                          const AccessUrls& urls) {
    const auto wanted = form.find("resource");
    return wanted && *wanted != resource && !(urls.is_ours(*wanted) && urls.is_ours(resource));
}

TokenOutcome code_tokens(const AccessParts& parts, const ClientForm& call, std::string& event) {
    const std::string secret(call.form.value("code"));
    if (!is_secret(SecretKind::authorization_code, secret) || !is_given_out(parts, secret))
        return dead_grant();
    return parts.store.write([&](Database& database) -> TokenOutcome {
        AuthorizationCodes codes(database);
        TokenGrants grants(database);
        const auto code = codes.find(secret);
        if (!code) return dead_grant();
        if (code->spent) {
            // Somebody has stolen it: nobody keeps what it gave.
            if (code->grant) grants.remove(*code->grant);
            event = "a code of client " + log_word(code->client) +
                    " came again: what it gave is revoked";
            return dead_grant();
        }
        const Seconds now = parts.now();
        if (code->client != call.client.id || code->expires_at <= now) return dead_grant();
        if (const auto uri = call.form.find("redirect_uri"); uri && *uri != code->redirect_uri)
            return token_error("invalid_grant", "redirect_uri is not the one of the login.");
        if (!verifier_matches(call.form.value("code_verifier"), code->challenge))
            return token_error("invalid_grant", "code_verifier does not match the challenge.");
        if (names_other_resource(call.form, code->resource, parts.urls))
            return token_error("invalid_target", "The login was for another resource.");
        const TokenGrant grant =
            new_grant(parts, database, code->client, code->user, code->scope, code->resource);
        codes.spend(secret, grant.id);
        RegisteredClients(database).touch(code->client, now);
        return issued_tokens(grants, grant, code->scope, code->scope.offline, now);
    });
}

TokenOutcome refreshed_tokens(const AccessParts& parts, const ClientForm& call,
                              std::string& event) {
    const std::string secret(call.form.value("refresh_token"));
    if (!is_secret(SecretKind::refresh_token, secret) || !is_given_out(parts, secret))
        return dead_grant();
    const auto wanted = ScopeSet::parse(call.form.value("scope"));
    if (!wanted) return token_error("invalid_scope", "There are notes:read and notes:write.");
    return parts.store.write([&](Database& database) -> TokenOutcome {
        TokenGrants grants(database);
        const Seconds now = parts.now();
        const auto retired = grants.retire(secret, call.client.id, now);
        if (std::holds_alternative<TokenGrants::Spent>(retired)) {
            event = "a refresh token of client " + log_word(call.client.id) +
                    " came again: its login is revoked";
            return dead_grant();
        }
        const auto* live = std::get_if<LiveToken>(&retired);
        if (live == nullptr) return dead_grant();
        const TokenGrant& grant = live->grant;
        ScopeSet scope = grant.scope;
        if (call.form.find("scope")) scope.write = wanted->write;
        RegisteredClients(database).touch(call.client.id, now);
        return issued_tokens(grants, grant, scope, true, now);
    });
}

/// A client that refreshes without end; its token stays as it is.
bool refreshes_too_often(const AccessParts& parts, const ClientForm& call) {
    const auto token = call.form.find("refresh_token");
    if (call.form.value("grant_type") != kRefreshGrant || !token) return false;
    const std::string secret(*token);
    const auto grant = parts.store.read(
        [&](Database& database) { return TokenGrants(database).find_by_token(secret); });
    return grant && grant->client == call.client.id &&
           !parts.limits.admits(Limited::refresh_of_grant, std::to_string(grant->id));
}

/// What has to be right before the old token is given up.
std::optional<TokenError> refresh_fault(const AccessParts& parts, const ClientForm& call) {
    const std::string secret(call.form.value("refresh_token"));
    const auto grant = parts.store.read(
        [&](Database& database) { return TokenGrants(database).find_by_token(secret); });
    if (!grant || grant->client != call.client.id) return std::nullopt;
    if (names_other_resource(call.form, grant->resource.value_or(parts.urls.resource), parts.urls))
        return TokenError{"invalid_target", "The login was for another resource."};
    const auto wanted = ScopeSet::parse(call.form.value("scope"));
    if (call.form.find("scope") && wanted && !wanted->is_within(grant->scope))
        return TokenError{"invalid_scope", "The login granted less than that."};
    return std::nullopt;
}

TokenOutcome device_tokens(const AccessParts& parts, const ClientForm& call) {
    const std::string secret(call.form.value("device_code"));
    if (!is_secret(SecretKind::device_code, secret) || !is_given_out(parts, secret))
        return dead_grant();
    return parts.store.write([&](Database& database) -> TokenOutcome {
        DeviceCodes devices(database);
        const auto device = devices.find(secret);
        if (!device || device->client != call.client.id) return dead_grant();
        if (device->challenge &&
            !verifier_matches(call.form.value("code_verifier"), *device->challenge))
            return token_error("invalid_grant", "code_verifier does not match the challenge.");
        const Seconds now = parts.now();
        if (device->expires_at <= now)
            return token_error("expired_token", "The code has expired. Start again.");
        if (device->state == DeviceState::denied) {
            devices.remove(secret);
            return token_error("access_denied", "The user said no.");
        }
        const bool too_fast = device->asked_at && now - *device->asked_at < device->pause;
        devices.note_asked(secret, now, device->pause + (too_fast ? kDevicePause : 0));
        if (too_fast)
            return token_error("slow_down", "Wait " + std::to_string(device->pause + kDevicePause) +
                                                " seconds between two questions.");
        if (device->state == DeviceState::pending)
            return token_error("authorization_pending", "The user has not decided yet.");
        if (!device->user) return dead_grant();
        devices.remove(secret);
        TokenGrants grants(database);
        const TokenGrant grant = new_grant(parts, database, device->client, *device->user,
                                           device->scope, device->resource);
        RegisteredClients(database).touch(device->client, now);
        return issued_tokens(grants, grant, device->scope, device->scope.offline, now);
    });
}

/// `event` is a warning for the log, once all is committed.
TokenOutcome tokens_for(const AccessParts& parts, const ClientForm& call, std::string& event) {
    const auto type = call.form.find("grant_type");
    if (!type) return token_error("invalid_request", "grant_type is missing.");
    const auto needs = [&](const char* name) -> std::optional<TokenError> {
        if (call.form.find(name)) return std::nullopt;
        return TokenError{"invalid_request", std::string(name) + " is missing."};
    };
    if (*type == kCodeGrant) {
        if (auto fault = needs("code")) return tl::unexpected(*fault);
        if (auto fault = needs("code_verifier")) return tl::unexpected(*fault);
        return code_tokens(parts, call, event);
    }
    if (*type == kRefreshGrant) {
        if (auto fault = needs("refresh_token")) return tl::unexpected(*fault);
        if (auto fault = refresh_fault(parts, call)) return tl::unexpected(*fault);
        return refreshed_tokens(parts, call, event);
    }
    if (*type == kDeviceGrant) {
        if (auto fault = needs("device_code")) return tl::unexpected(*fault);
        return device_tokens(parts, call);
    }
    return token_error("unsupported_grant_type", "This server does not do that.");
}

/// What failed counts, what succeeds never does: a right secret is proof enough, whoever else sends
/// from that address.
HttpResponse counted(const AccessParts& parts, const HttpRequest& request, HttpResponse failure) {
    return parts.limits.admits(Limited::token_of_peer, request.peer) ? failure : too_many(60);
}

/// The question of a device that waits is no failure.
bool is_patient(const TokenError& error) {
    return error.error == "authorization_pending" || error.error == "slow_down";
}

}  // namespace

HttpResponse token_response(const AccessParts& parts, const HttpRequest& request) {
    const auto call = client_form(parts, request);
    if (!call) return counted(parts, request, call.error());
    if (refreshes_too_often(parts, *call)) {
        parts.note(LogLevel::warning,
                   "client " + log_word(call->client.id) + " refreshes too often");
        return too_many(600);
    }
    std::string event;
    const TokenOutcome outcome = tokens_for(parts, *call, event);
    if (!event.empty()) parts.note(LogLevel::warning, event + ", from " + request.peer);
    if (!outcome) {
        HttpResponse failure = oauth_error(400, outcome.error().error, outcome.error().description);
        return is_patient(outcome.error()) ? failure : counted(parts, request, std::move(failure));
    }
    parts.note(LogLevel::info, "client " + log_word(call->client.id) + " at " + request.peer +
                                   " got tokens by " + log_word(call->form.value("grant_type")) +
                                   ": " + (*outcome)["scope"].get<std::string>());
    HttpResponse answer = json_answer(200, *outcome);
    answer.fields.add("Cache-Control", "no-store");
    return answer;
}

HttpResponse revocation_response(const AccessParts& parts, const HttpRequest& request) {
    const auto call = client_form(parts, request);
    if (!call) return counted(parts, request, call.error());
    const auto token = call->form.find("token");
    if (!token)
        return counted(parts, request, oauth_error(400, "invalid_request", "token is missing."));
    HttpResponse answer;
    answer.fields.add("Cache-Control", "no-store");
    if (!is_given_out(parts, *token)) return counted(parts, request, std::move(answer));
    parts.store.write([&](Database& database) {
        TokenGrants(database).revoke(*token, call->client.id);
        return true;
    });
    parts.note(LogLevel::info, "client " + log_word(call->client.id) + " at " + request.peer +
                                   " gave a token back");
    return answer;
}

}  // namespace bm
