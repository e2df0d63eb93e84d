#include "access/bearer_authorizer.hpp"

#include <algorithm>

#include "access/scope_set.hpp"
#include "access/secret.hpp"
#include "access/token_grants.hpp"

namespace bm {

namespace {

constexpr std::size_t kLongestToken = 8192;

// RFC 6750, 2.1: b64token.
bool is_token_character(char c) noexcept {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '.' || c == '_' || c == '~' || c == '+' || c == '/' || c == '=';
}

bool is_bearer_scheme(std::string_view word) noexcept {
    constexpr std::string_view bearer = "bearer";
    return std::equal(word.begin(), word.end(), bearer.begin(), bearer.end(),
                      [](char a, char b) { return (a >= 'A' && a <= 'Z' ? a + 32 : a) == b; });
}

bool query_has_token(std::string_view query) {
    return query.starts_with("access_token=") ||
           query.find("&access_token=") != std::string_view::npos;
}

}  // namespace

std::variant<std::string, Denial> bearer_token(const HttpRequest& request) {
    if (query_has_token(request.query)) return Denial::invalid_request;
    const std::size_t count = request.fields.count("Authorization");
    if (count == 0) return Denial::no_credentials;
    if (count > 1) return Denial::invalid_request;
    const std::string_view value = *request.fields.find("Authorization");
    const std::size_t space = value.find(' ');
    if (space == std::string_view::npos) return Denial::invalid_request;
    // Another scheme is no fault: it opens nothing here.
    if (!is_bearer_scheme(value.substr(0, space))) return Denial::no_credentials;
    std::string_view token = value.substr(space);
    token.remove_prefix(std::min(token.find_first_not_of(' '), token.size()));
    if (token.empty() || token.size() > kLongestToken ||
        !std::all_of(token.begin(), token.end(), is_token_character)) {
        return Denial::invalid_request;
    }
    return std::string(token);
}

std::variant<Principal, HttpResponse> BearerAuthorizer::authorize(const HttpRequest& request) {
    const auto found = bearer_token(request);
    if (const auto* denial = std::get_if<Denial>(&found)) {
        return denial_response(urls_, *denial,
                               *denial == Denial::invalid_request
                                   ? "Send one header Authorization: Bearer TOKEN and nothing else."
                                   : "",
                               full_scope());
    }
    const auto refused = [&](std::string_view why) {
        return denial_response(urls_, Denial::invalid_token, why, full_scope());
    };
    const std::string& token = std::get<std::string>(found);
    if (!is_secret(SecretKind::access_token, token) &&
        !is_secret(SecretKind::personal_token, token) && !is_secret(SecretKind::api_key, token))
        return refused("This is no token of this server.");
    const Seconds now = seconds_of(clock_());
    std::optional<LiveToken> live;
    try {
        live = store_.read(
            [&](Database& database) { return TokenGrants(database).find_live(token, now); });
    } catch (const AccessTrouble&) {
        return denial_response(urls_, Denial::unavailable,
                               "Tokens cannot be looked up now. Try again in a moment.", "");
    }
    if (!live) return refused("The token is unknown, expired or revoked.");
    if (live->grant.resource && !urls_.is_ours(*live->grant.resource))
        return refused("The token is for another server.");
    if (!live->grant.used_at || now - *live->grant.used_at >= kMinute ||
        now < *live->grant.used_at) {
        // For the list of tokens: worth nobody's waiting.
        store_.note([&](Database& database) { TokenGrants(database).touch(live->grant, now); });
    }
    return Principal{live->grant.principal(), live->scope.scope(), live->grant.project,
                     live->grant.user};
}

HttpResponse BearerAuthorizer::refuse_scope(Scope needed) { return scope_refusal(urls_, needed); }

std::string full_scope() { return ScopeSet{true, false}.text(); }

HttpResponse scope_refusal(const AccessUrls& urls, Scope needed) {
    return denial_response(urls, Denial::insufficient_scope,
                           needed == Scope::write ? "This changes notes: it needs notes:write."
                                                  : "This needs notes:read.",
                           scope_name(needed));
}

}  // namespace bm
