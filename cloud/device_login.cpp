#include "cloud/device_login.hpp"

#include <algorithm>
#include <optional>

#include "cloud/json_members.hpp"
#include "cloud/token_answer.hpp"
#include "repository/crypto.hpp"

namespace bm {

namespace {

using Json = nlohmann::json;
using std::chrono::seconds;

constexpr int kMostPolls = 60;
constexpr seconds kSlowDown{5};
constexpr std::size_t kVerifierBytes = 32;
constexpr const char* kDeviceGrant = "urn:ietf:params:oauth:grant-type:device_code";

std::int64_t seconds_at(const Clock& clock) {
    return std::chrono::duration_cast<seconds>(clock().time_since_epoch()).count();
}

seconds seconds_in(const Json& body, const char* name, seconds fallback) {
    const Json& found = json_member(body, name);
    if (!found.is_number()) return fallback;
    return seconds(static_cast<std::int64_t>(std::clamp(found.get<double>(), 0.0, 86'400.0)));
}

tl::unexpected<CloudFailure> refused(std::string sentence) {
    return cloud_fail(CloudFault::not_authenticated, std::move(sentence));
}

}  // namespace

struct DeviceLogin::Started {
    std::string device_code;
    DevicePrompt prompt;
    seconds lasts{600};
    seconds interval{5};
};

std::string DeviceLogin::token_url() const {
    return parts_.provider ? parts_.provider->token_endpoint
                           : parts_.address.domain + "/oauth2/token";
}

CloudResult<HttpAnswer> DeviceLogin::post(const std::string& url, HttpHeaders form) {
    // RFC 8707: the token is for that host and no other one.
    if (parts_.provider) form.emplace_back("resource", parts_.provider->resource);
    return parts_.http.send({.method = "POST",
                             .url = url,
                             .headers = {{"Content-Type", "application/x-www-form-urlencoded"},
                                         {"Accept", "application/json"}},
                             .body = form_text(form)});
}

CloudResult<DeviceLogin::Started> DeviceLogin::start(const std::string& challenge) {
    const auto& provider = parts_.provider;
    const auto answer = post(provider ? provider->device_endpoint
                                      : parts_.address.domain + "/oauth2/device_authorization",
                             {{"client_id", parts_.address.client_id},
                              {"scope", provider ? "openid offline_access notes:read notes:write"
                                                 : "openid profile email offline_access"},
                              {"code_challenge", challenge},
                              {"code_challenge_method", "S256"}});
    if (!answer) return tl::unexpected(answer.error());
    const Json body = Json::parse(answer->body, nullptr, false);
    Started started{.device_code = text_member(body, "device_code"),
                    .prompt = {.address = text_member(body, "verification_uri"),
                               .user_code = text_member(body, "user_code"),
                               .complete_address = text_member(body, "verification_uri_complete")}};
    if (answer->status != 200 || started.device_code.empty() || started.prompt.address.empty()) {
        return refused("Device authorization failed: " + std::to_string(answer->status) + " - " +
                       detail_of(*answer));
    }
    started.lasts = seconds_in(body, "expires_in", started.lasts);
    started.interval = std::max(seconds_in(body, "interval", started.interval), seconds(1));
    return started;
}

CloudResult<CloudTokens> DeviceLogin::run() {
    const std::string verifier = base64url(random_bytes(kVerifierBytes));
    auto started = start(base64url(secret_digest(verifier)));
    if (!started) return tl::unexpected(started.error());
    parts_.show(started->prompt);
    const std::int64_t end = seconds_at(parts_.clock) + started->lasts.count();
    seconds interval = started->interval;
    for (int poll = 0; poll < kMostPolls && seconds_at(parts_.clock) < end; ++poll) {
        parts_.sleep(interval);
        if (parts_.stop.stop_requested())
            return cloud_fail(CloudFault::interrupted, "The login was ended.");
        const auto answer = post(token_url(), {{"client_id", parts_.address.client_id},
                                               {"device_code", started->device_code},
                                               {"grant_type", kDeviceGrant},
                                               {"code_verifier", verifier}});
        // The connection may be back with the next one.
        if (!answer) continue;
        if (answer->status == 200) {
            if (auto tokens = tokens_in(*answer, seconds_at(parts_.clock))) return *tokens;
            return refused("Token polling error: the answer holds no token");
        }
        const std::string error = text_member(Json::parse(answer->body, nullptr, false), "error");
        if (error == "authorization_pending" || answer->status >= 500) continue;
        if (error == "slow_down") {
            interval += kSlowDown;
        } else if (error == "access_denied") {
            return refused("Authentication was denied by user");
        } else if (error == "expired_token") {
            return refused("Device code has expired. Please try again.");
        } else {
            return refused("Token polling error: " +
                           (error.empty() ? std::to_string(answer->status) : error));
        }
    }
    return refused("Authentication timeout. Please try again.");
}

}  // namespace bm
