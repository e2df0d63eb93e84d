#include "access/device_endpoint.hpp"

#include "access/answers.hpp"
#include "access/browser_visit.hpp"
#include "access/client_authentication.hpp"
#include "access/consent_page.hpp"
#include "access/device_codes.hpp"
#include "access/login_endpoint.hpp"
#include "access/page.hpp"
#include "access/secret.hpp"

namespace bm {

namespace {

HttpResponse wrong_code(const AccessParts& parts, const BrowserVisit& visit,
                        const std::string& typed, int status) {
    parts.note(LogLevel::warning,
               "user " + log_word(visit.user->name) + " typed a code that no device has");
    const char* const problem = status == 429 ? "Too many codes. Wait a minute."
                                              : "No device waits with this code. It may have "
                                                "expired.";
    return with_cookie(parts, visit, device_page({typed, problem, status}));
}

std::string device_client_name(const AccessParts& parts, const std::string& id) {
    const auto client = parts.clients.find(id);
    return client ? client->name : std::string();
}

}  // namespace

HttpResponse device_authorization_response(const AccessParts& parts, const HttpRequest& request) {
    if (!parts.limits.admits(Limited::device_of_peer, request.peer)) return too_many(60);
    const auto call = client_form(parts, request);
    if (!call) return call.error();
    const auto client = parts.clients.find(call->client.id);
    if (!client) return oauth_error(400, "invalid_client", client.error().message);
    if (!client->may_use(kDeviceGrant))
        return oauth_error(400, "unauthorized_client", "The client did not register this grant.");
    const auto scope = ScopeSet::parse(call->form.value("scope"));
    if (!scope) return oauth_error(400, "invalid_scope", "There are notes:read and notes:write.");
    const auto resource = call->form.find("resource");
    if (resource && !parts.urls.is_ours(*resource))
        return oauth_error(400, "invalid_target", "This server does not serve that resource.");
    const std::string secret = new_secret(SecretKind::device_code);
    DeviceCode device;
    device.client = client->id;
    device.scope = *scope;
    device.scope.offline = scope->offline || client->may_use(kRefreshGrant);
    device.resource = std::string(resource.value_or(parts.urls.resource));
    device.expires_at = parts.now() + kDeviceCodeLife;
    parts.store.write([&](Database& database) {
        DeviceCodes devices(database);
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

HttpResponse device_entry(const AccessParts& parts, const HttpRequest& request) {
    const BrowserVisit visit = visit_of(parts, request);
    const auto form = parse_form(request.query);
    if (!form) return message_page(400, "Not a form", form.error().message);
    if (!visit.user)
        return ask_for_login(parts, visit,
                             request.query.empty() ? "/device" : "/device?" + request.query);
    const auto typed = form->find("user_code");
    if (!typed) return with_cookie(parts, visit, device_page({}));
    // Right ones count too, so that guessing cannot go on behind wrong ones.
    if (!parts.limits.admits(Limited::user_code_of_account, visit.user->name))
        return wrong_code(parts, visit, std::string(*typed), 429);
    const std::string code = typed_user_code(*typed);
    const auto device = parts.store.read(
        [&](Database& database) { return DeviceCodes(database).find_waiting(code, parts.now()); });
    if (!device) return wrong_code(parts, visit, std::string(*typed), 404);
    return with_cookie(parts, visit,
                       device_consent_page({visit.form_token(), visit.user->name,
                                            device_client_name(parts, device->client),
                                            device->client, device->user_code, device->scope}));
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
    const bool decided = parts.store.write([&](Database& database) {
        DeviceCodes devices(database);
        const auto device = devices.find_waiting(code, parts.now());
        if (!device) return false;
        ScopeSet scope = device->scope;
        scope.write = scope.write && form->value("write") == "yes";
        return devices.decide(code, approves ? DeviceState::approved : DeviceState::denied,
                              visit.user->id, scope, parts.now());
    });
    if (!decided) return wrong_code(parts, visit, shown_user_code(code), 404);
    parts.note(LogLevel::info, "user " + log_word(visit.user->name) +
                                   (approves ? " lets a device in" : " refuses a device"));
    return approves ? message_page(200, "The device is in", "You can close this page.")
                    : message_page(200, "The device stays out", "You can close this page.");
}

}  // namespace bm
