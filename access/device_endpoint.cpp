#include "access/device_endpoint.hpp"

#include "access/answers.hpp"
#include "access/browser_visit.hpp"
#include "access/client_authentication.hpp"
#include "access/consent_page.hpp"
#include "access/device_codes.hpp"
#include "access/login_endpoint.hpp"
#include "access/page.hpp"
#include "access/pkce.hpp"
#include "access/secret.hpp"

namespace bm {

namespace {

HttpResponse wrong_code(const AccessParts& parts, const BrowserVisit& visit,
                        const std::string& typed, int status) {
    parts.note(LogLevel::warning,
               "user " + log_word(visit.user->name) +
                   (status == 429 ? " typed too many codes" : " typed a code that no device has"));
    const char* const problem = status == 429 ? "Too many codes. Wait a minute."
                                              : "No device waits with this code. It may have "
                                                "expired.";
    HttpResponse answer = with_cookie(parts, visit, device_page({typed, problem, status}));
    if (status == 429) answer.fields.add("Retry-After", "60");
    return answer;
}

std::string device_client_name(const AccessParts& parts, const std::string& id,
                               const std::string& user) {
    const auto client = parts.clients.find(id, {Limited::document_of_account, user});
    return client ? client->name : std::string();
}

/// 401 means that nobody knows the client, and makes some clients register anew.
HttpResponse unusable_client(const Error& error) {
    if (error.fault == Fault::not_found) return oauth_error(401, "invalid_client", error.message);
    if (error.fault != Fault::unavailable)
        return oauth_error(400, "unauthorized_client", error.message);
    HttpResponse answer = oauth_error(503, "temporarily_unavailable", error.message);
    answer.fields.add("Retry-After", "60");
    return answer;
}

}  // namespace

HttpResponse device_authorization_response(const AccessParts& parts, const HttpRequest& request) {
    if (!parts.limits.admits(Limited::device_of_peer, request.peer)) return too_many(60);
    const auto call = client_form(parts, request);
    if (!call) return call.error();
    const auto client =
        parts.clients.find(call->client.id, {Limited::document_of_peer, request.peer});
    if (!client) return unusable_client(client.error());
    if (!client->may_use(kDeviceGrant))
        return oauth_error(400, "unauthorized_client", "The client did not register this grant.");
    const auto scope = ScopeSet::parse(call->form.value("scope"));
    if (!scope) return oauth_error(400, "invalid_scope", "There are notes:read and notes:write.");
    const auto resource = call->form.find("resource");
    if (resource && !parts.urls.is_ours(*resource))
        return oauth_error(400, "invalid_target", "This server does not serve that resource.");
    const auto challenge = call->form.find("code_challenge");
    if (challenge &&
        (call->form.value("code_challenge_method") != "S256" || !is_code_challenge(*challenge)))
        return oauth_error(400, "invalid_request",
                           "code_challenge must be a SHA-256 in base64url, with the method S256.");
    const std::string secret = new_secret(SecretKind::device_code);
    DeviceCode device;
    if (challenge) device.challenge = std::string(*challenge);
    device.client = client->id;
    device.scope = *scope;
    device.scope.offline = scope->offline || client->may_use(kRefreshGrant);
    device.resource = std::string(resource.value_or(parts.urls.resource));
    device.expires_at = parts.now() + kDeviceCodeLife;
    parts.store.write([&](Database& database) {
        DeviceCodes devices(database);
        devices.make_room();
        do {
            device.user_code = new_user_code();
        } while (!devices.add(secret, device));
        return true;
    });
    const std::string shown = shown_user_code(device.user_code);
    const std::string page = parts.urls.issuer + "/device";
    HttpResponse answer =
        json_answer(200, {{"device_code", secret},
                          {"user_code", shown},
                          {"verification_uri", page},
                          {"verification_uri_complete", page + "?user_code=" + shown},
                          {"expires_in", kDeviceCodeLife},
                          {"interval", kDevicePause}});
    answer.fields.add("Cache-Control", "no-store");
    return answer;
}

HttpResponse device_entry_for(const AccessParts& parts, const BrowserVisit& visit,
                              const std::string& query) {
    const auto form = parse_form(query);
    if (!form) return message_page(400, "Not a form", form.error().message);
    const auto typed = form->find("user_code");
    // Over plain http a login serves one page: it comes when there is something to decide.
    if (!visit.user && (typed || parts.urls.is_https))
        return ask_for_login(parts, visit, query.empty() ? "/device" : "/device?" + query);
    if (!typed) return with_cookie(parts, visit, device_page({}));
    // Right ones count too, so that guessing cannot go on behind wrong ones.
    if (!parts.limits.admits(Limited::user_code_of_account, visit.user->name))
        return wrong_code(parts, visit, std::string(*typed), 429);
    const std::string code = typed_user_code(*typed);
    const auto device = parts.store.read(
        [&](Database& database) { return DeviceCodes(database).find_waiting(code, parts.now()); });
    if (!device) return wrong_code(parts, visit, std::string(*typed), 404);
    return with_cookie(
        parts, visit,
        device_consent_page({visit.form_token(), visit.login, visit.user->name,
                             device_client_name(parts, device->client, visit.user->name),
                             device->client, device->user_code, device->scope}));
}

HttpResponse device_entry(const AccessParts& parts, const HttpRequest& request) {
    return device_entry_for(parts, visit_of(parts, request), request.query);
}

HttpResponse device_decision(const AccessParts& parts, const HttpRequest& request) {
    const BrowserVisit visit = visit_of(parts, request);
    const auto form = own_form(parts, request, visit);
    if (!form) return form.error();
    if (!visit.user) return ask_for_login(parts, visit, "/device");
    if (!parts.limits.admits(Limited::user_code_of_account, visit.user->name))
        return wrong_code(parts, visit, "", 429);
    const std::string code = typed_user_code(form->value("user_code"));
    const bool approves = form->value("decision") == "approve";
    std::string granted;
    const bool decided = parts.store.write([&](Database& database) {
        DeviceCodes devices(database);
        end_plain_login(database, visit);
        const auto device = devices.find_waiting(code, parts.now());
        if (!device) return false;
        ScopeSet scope = device->scope;
        scope.write = scope.write && form->value("write") == "yes";
        granted = log_word(device->client) + (approves ? ": " + scope.text() : "");
        return devices.decide(code, approves ? DeviceState::approved : DeviceState::denied,
                              visit.user->id, scope, parts.now());
    });
    if (!decided) return wrong_code(parts, visit, shown_user_code(code), 404);
    parts.note(LogLevel::info,
               "user " + log_word(visit.user->name) +
                   (approves ? " lets a device of client " : " refuses a device of client ") +
                   granted);
    return approves ? message_page(200, "The device is in", "You can close this page.")
                    : message_page(200, "The device stays out", "You can close this page.");
}

}  // namespace bm
