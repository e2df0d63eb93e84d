#include "access/foreign_issuer.hpp"

#include <algorithm>

#include "access/answers.hpp"
#include "access/bearer_authorizer.hpp"
#include "access/json_web_token.hpp"
#include "access/openid_subjects.hpp"
#include "access/scope_set.hpp"
#include "access/secret.hpp"
#include "markdown/text.hpp"

namespace bm {

namespace {

/// The scope that the token carries: `scope` as text (RFC 9068) or `scp` as a list. None when it
/// has neither of ours: an account at the provider is not yet a right here.
std::optional<Scope> granted_scope(const Json& claims) {
    std::string text = string_member(claims, "scope").value_or("");
    if (const auto list = strings_member(claims, "scp")) text = join(*list, " ");
    if (const auto alone = string_member(claims, "scp")) text = *alone;
    const auto names = split(text, ' ');
    const auto has = [&](Scope scope) {
        return std::find(names.begin(), names.end(), scope_name(scope)) != names.end();
    };
    if (has(Scope::write)) return Scope::write;
    return has(Scope::read) ? std::optional(Scope::read) : std::nullopt;
}

/// The token of a provider in this request. All of them have dots, none of ours has one.
std::optional<std::string> web_token(const HttpRequest& request) {
    const auto found = bearer_token(request);
    const auto* token = std::get_if<std::string>(&found);
    if (token == nullptr || token->find('.') == std::string::npos) return std::nullopt;
    return *token;
}

/// As it can be typed after a command: whole between single quotes, or its name where it cannot.
std::string typed_subject(const std::string& subject) {
    const bool is_plain = subject_fault(subject).empty() && subject.find('\'') == std::string::npos;
    return is_plain ? "'" + subject + "'" : "SUBJECT";
}

/// No challenge: another token of this caller would fare no better.
HttpResponse no_account(const std::string& subject) {
    const std::string shown = typed_subject(subject);
    return oauth_error(403, "access_denied",
                       "The subject " + shown +
                           " of the OpenID provider has no account on this host. Its "
                           "administrator adds one with: bm serve user add NAME --openid-subject " +
                           shown);
}

}  // namespace

ForeignIssuer::ForeignIssuer(Authorizer& own, AccessUrls urls, std::string issuer,
                             std::string audience, WebClient& web, Clock clock,
                             AccessStore* accounts)
    : own_(own),
      urls_(std::move(urls)),
      issuer_(std::move(issuer)),
      audience_(std::move(audience)),
      clock_(std::move(clock)),
      accounts_(accounts),
      keys_(issuer_, web, clock_) {}

std::variant<Principal, HttpResponse> ForeignIssuer::authorize(const HttpRequest& request) {
    const auto token = web_token(request);
    if (!token) return own_.authorize(request);
    auto verdict = judged(*token);
    if (auto* refusal = std::get_if<HttpResponse>(&verdict)) return std::move(*refusal);
    const auto& caller = std::get<ForeignCaller>(verdict);
    return Principal{"foreign/" + std::to_string(caller.subject.size()) + "/" + caller.subject +
                         "/" + caller.client,
                     caller.scope, std::nullopt, caller.user};
}

std::optional<ForeignCaller> ForeignIssuer::caller_of(const HttpRequest& request) {
    const auto token = web_token(request);
    if (!token) return std::nullopt;
    auto verdict = judged(*token);
    if (auto* caller = std::get_if<ForeignCaller>(&verdict)) return std::move(*caller);
    return std::nullopt;
}

std::variant<ForeignCaller, HttpResponse> ForeignIssuer::judged(std::string_view text) {
    const auto refused = [&](std::string_view why) {
        return denial_response(urls_, Denial::invalid_token, why, full_scope());
    };
    const auto token = parse_json_web_token(text);
    if (!token) return refused("This is no proper token.");
    const auto algorithm = signature_algorithm(token->algorithm);
    if (!algorithm) return refused("Its signature is of a kind that is not accepted.");
    // Before the keys are asked for: strangers must not make us fetch them.
    const auto fault = claims_fault(*token, {issuer_, audience_, seconds_of(clock_()), 60});
    if (!fault.empty()) return refused(fault);
    const auto keys = keys_.find(*algorithm, token->key_id);
    if (!keys) return denial_response(urls_, Denial::unavailable, keys.error().message, "");
    const bool is_signed = std::any_of(keys->begin(), keys->end(), [&](const SignatureKey& key) {
        return key.verifies(token->signed_text, token->signature);
    });
    if (!is_signed) return refused("Its signature is not the issuer's.");
    const auto scope = granted_scope(token->claims);
    if (!scope) return scope_refusal(urls_, Scope::read);
    const std::string client = string_member(token->claims, "client_id")
                                   .value_or(string_member(token->claims, "azp").value_or("-"));
    return with_account({string_member(token->claims, "sub").value_or(""), client, *scope});
}

std::variant<ForeignCaller, HttpResponse> ForeignIssuer::with_account(ForeignCaller caller) {
    if (accounts_ == nullptr) return caller;
    try {
        caller.user = accounts_->read([&](Database& database) {
            return OpenIdSubjects(database).user_of(issuer_, caller.subject);
        });
    } catch (const AccessTrouble&) {
        return denial_response(urls_, Denial::unavailable,
                               "Accounts cannot be looked up now. Try again in a moment.", "");
    }
    if (!caller.user) return no_account(caller.subject);
    return caller;
}

HttpResponse ForeignIssuer::refuse_scope(Scope needed) { return scope_refusal(urls_, needed); }

}  // namespace bm
