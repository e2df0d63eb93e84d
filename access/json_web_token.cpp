#include "access/json_web_token.hpp"

#include <algorithm>

#include "markdown/text.hpp"
#include "repository/crypto.hpp"

namespace bm {

namespace {

constexpr std::size_t kLongestJsonWebToken = 8192;

std::optional<std::int64_t> moment_claim(const Json& claims, const char* name) {
    constexpr double far_away = 1e15;
    const auto found = claims.find(name);
    if (found == claims.end() || !found->is_number()) return std::nullopt;
    const double value = found->get<double>();
    if (!(value >= 0 && value < far_away)) return std::nullopt;
    return static_cast<std::int64_t>(value);
}

bool names_audience(const Json& claims, const std::string& wanted) {
    if (string_member(claims, "aud") == wanted) return true;
    const auto list = strings_member(claims, "aud");
    return list && std::find(list->begin(), list->end(), wanted) != list->end();
}

std::string bare_type(std::string_view text) {
    constexpr std::string_view prefix = "application/";
    std::string type = to_lower(text);
    return type.starts_with(prefix) ? type.substr(prefix.size()) : type;
}

}  // namespace

std::optional<JsonWebToken> parse_json_web_token(std::string_view text) {
    if (text.size() > kLongestJsonWebToken) return std::nullopt;
    const auto parts = split(text, '.');
    if (parts.size() != 3) return std::nullopt;
    const auto head = base64url_bytes(parts[0]);
    const auto body = base64url_bytes(parts[1]);
    const auto signature = base64url_bytes(parts[2]);
    if (!head || !body || !signature) return std::nullopt;
    const auto header = strict_object(*head, kLongestJsonWebToken);
    auto claims = strict_object(*body, kLongestJsonWebToken);
    if (!header || !claims || header->contains("crit") || header->contains("b64"))
        return std::nullopt;
    const auto algorithm = string_member(*header, "alg");
    if (!algorithm) return std::nullopt;
    JsonWebToken token;
    token.algorithm = *algorithm;
    token.key_id = string_member(*header, "kid");
    if (const auto type = string_member(*header, "typ")) token.type = bare_type(*type);
    token.claims = std::move(*claims);
    token.signed_text = std::string(text.substr(0, parts[0].size() + 1 + parts[1].size()));
    token.signature = *signature;
    return token;
}

std::string claims_fault(const JsonWebToken& token, const TokenExpectation& expectation) {
    // "at+jwt" is what RFC 9068 wants; providers that are older say "JWT" or nothing. An ID token
    // has no better mark than its audience, which is a client and never us.
    if (token.type && *token.type != "at+jwt" && *token.type != "jwt")
        return "It is no access token.";
    if (string_member(token.claims, "iss") != expectation.issuer)
        return "It comes from another issuer.";
    if (!names_audience(token.claims, expectation.audience)) return "It is for another server.";
    const auto expiry = moment_claim(token.claims, "exp");
    if (!expiry || expectation.now >= *expiry + expectation.leeway) return "It has expired.";
    if (token.claims.contains("nbf")) {
        const auto start = moment_claim(token.claims, "nbf");
        if (!start || expectation.now + expectation.leeway < *start) return "It is not valid yet.";
    }
    if (string_member(token.claims, "sub").value_or("").empty()) return "It names nobody.";
    return {};
}

}  // namespace bm
