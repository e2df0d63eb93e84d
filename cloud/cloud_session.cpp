#include "cloud/cloud_session.hpp"

#include <array>
#include <system_error>
#include <thread>
#include <utility>

#include "cloud/json_members.hpp"
#include "cloud/token_answer.hpp"
#include "markdown/text.hpp"
#include "repository/file_lock.hpp"

namespace bm {

namespace {

using Json = nlohmann::json;
using std::chrono::milliseconds;

constexpr std::array kPauses{milliseconds(1'000), milliseconds(3'000)};
constexpr std::size_t kLongestDetail = 300;

std::int64_t seconds_of(Timestamp at) {
    return std::chrono::duration_cast<std::chrono::seconds>(at.time_since_epoch()).count();
}

/// The refusal of hosts that want to be paid, nested or not.
std::optional<CloudFailure> subscription_refusal(const HttpAnswer& answer) {
    if (answer.status != 403) return std::nullopt;
    const Json body = Json::parse(answer.body, nullptr, false);
    const Json& detail = json_member(body, "detail");
    const Json& refusal = detail.is_object() ? detail : body;
    if (text_member(refusal, "error") != "subscription_required") return std::nullopt;
    std::string url = text_member(refusal, "subscribe_url");
    if (url.empty()) url = "https://basicmemory.com/subscribe";
    std::string message = text_member(refusal, "message");
    if (message.empty()) message = "The host wants a subscription.";
    return CloudFailure{CloudFault::subscription_required, std::move(message),
                        "Subscribe at: " + url};
}

}  // namespace

CloudFailure not_authenticated() {
    return {CloudFault::not_authenticated, "Not authenticated. Please run 'bm cloud login' first."};
}

std::string detail_of(const HttpAnswer& answer) {
    const Json body = Json::parse(answer.body, nullptr, false);
    const Json& detail = json_member(body, "detail");
    if (detail.is_string()) return detail.get<std::string>();
    // A list of what was wrong with each field.
    if (detail.is_array() && !detail.empty()) {
        const std::string message = text_member(detail.front(), "msg");
        if (!message.empty()) return message;
    }
    for (const char* name : {"error_description", "message", "error"}) {
        if (auto text = text_member(body, name); !text.empty()) return text;
    }
    const std::string_view text = trim(answer.body);
    return replace_invalid_utf8(first_code_points(text, kLongestDetail));
}

CloudFailure api_failure(const HttpAnswer& answer) {
    const std::string status = std::to_string(answer.status);
    // A proxy says so of a host that is down or starts anew; a host that is there gives a reason.
    const Json body = Json::parse(answer.body, nullptr, false);
    const bool is_away =
        answer.status >= 502 && answer.status <= 504 && !json_member(body, "detail").is_string();
    return {is_away ? CloudFault::network : CloudFault::internal,
            "API request failed: " + std::string(trim(status + ' ' + detail_of(answer)))};
}

CloudSession::CloudSession(Parts parts) : parts_(std::move(parts)) {
    if (!parts_.sleep) parts_.sleep = [](milliseconds time) { std::this_thread::sleep_for(time); };
}

CloudResult<std::string> CloudSession::bearer() {
    if (parts_.address.api_key) return *parts_.address.api_key;
    {
        const std::scoped_lock lock(mutex_);
        const auto now = seconds_of(parts_.clock());
        if (!tokens_ || !tokens_->is_valid(now)) tokens_ = known_tokens();
        if (!tokens_) return tl::unexpected(not_authenticated());
        if (tokens_->is_valid(now)) return tokens_->access_token;
    }
    return renewed_bearer({});
}

CloudResult<std::string> CloudSession::renewed_bearer(const std::string& refused) {
    // A key is renewed by nobody but its owner.
    if (parts_.address.api_key) return tl::unexpected(not_authenticated());
    auto tokens = renewed(refused);
    if (!tokens) return tl::unexpected(tokens.error());
    const std::scoped_lock lock(mutex_);
    tokens_ = *tokens;
    return tokens->access_token;
}

std::optional<CloudTokens> CloudSession::known_tokens() const {
    auto tokens = parts_.tokens.load();
    if (tokens && !tokens->are_for(parts_.address.domain, parts_.address.host)) tokens.reset();
    return tokens;
}

CloudResult<CloudTokens> CloudSession::renewed(const std::string& refused) {
    try {
        // A refresh token is good for one use: two processes at once would log the user out.
        const auto one_process = FileLock::acquire(parts_.tokens.lock_path());
        const auto known = known_tokens();
        if (!known) return tl::unexpected(not_authenticated());
        if (known->access_token != refused && known->is_valid(seconds_of(parts_.clock())))
            return *known;
        if (known->refresh_token.empty()) return tl::unexpected(not_authenticated());
        const std::string& endpoint = known->token_endpoint;
        const HttpCall call{
            .method = "POST",
            .url = endpoint.empty() ? parts_.address.domain + "/oauth2/token" : endpoint,
            .headers = {{"Content-Type", "application/x-www-form-urlencoded"},
                        {"Accept", "application/json"}},
            .body = form_text({{"client_id", parts_.address.client_id},
                               {"grant_type", "refresh_token"},
                               {"refresh_token", known->refresh_token}})};
        const auto answer = parts_.http.send(call);
        if (!answer) return tl::unexpected(answer.error());
        if (answer->status >= 500) return tl::unexpected(api_failure(*answer));
        if (answer->status != 200) return tl::unexpected(not_authenticated());
        auto tokens = tokens_in(*answer, seconds_of(parts_.clock()));
        if (!tokens) return tl::unexpected(not_authenticated());
        if (tokens->refresh_token.empty()) tokens->refresh_token = known->refresh_token;
        tokens->issuer = parts_.address.domain;
        tokens->host = parts_.address.host;
        tokens->token_endpoint = endpoint;
        if (auto saved = parts_.tokens.save(*tokens); !saved) return tl::unexpected(saved.error());
        return *std::move(tokens);
    } catch (const std::system_error& error) {
        return cloud_fail(CloudFault::local_io,
                          std::string("The token cannot be renewed: ") + error.what());
    }
}

CloudResult<HttpAnswer> CloudSession::send_patiently(const HttpCall& call) {
    auto answer = parts_.http.send(call);
    const bool may_repeat = call.method == "GET" && !call.on_piece;
    for (std::size_t again = 0; may_repeat && again < kPauses.size(); ++again) {
        const bool is_tired =
            answer ? answer->status >= 500 : answer.error().fault == CloudFault::network;
        if (!is_tired || call.stop.stop_requested()) break;
        parts_.sleep(kPauses[again]);
        answer = parts_.http.send(call);
    }
    return answer;
}

CloudResult<HttpAnswer> CloudSession::send(HttpCall call) {
    auto token = bearer();
    if (!token) return tl::unexpected(token.error());
    call.headers.emplace_back("Accept-Encoding", "identity");
    const std::size_t place = call.headers.size();
    call.headers.emplace_back("Authorization", "Bearer " + *token);
    auto answer = send_patiently(call);
    if (answer && answer->status == 401) {
        token = renewed_bearer(*token);
        if (!token) return tl::unexpected(token.error());
        call.headers[place].second = "Bearer " + *token;
        answer = send_patiently(call);
        if (answer && answer->status == 401) return tl::unexpected(not_authenticated());
    }
    if (!answer) return answer;
    if (auto refusal = subscription_refusal(*answer)) return tl::unexpected(*std::move(refusal));
    return answer;
}

}  // namespace bm
