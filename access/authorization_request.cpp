#include "access/authorization_request.hpp"

#include <algorithm>

#include "access/form_body.hpp"
#include "access/pkce.hpp"
#include "access/redirect_match.hpp"
#include "access/url_parts.hpp"
#include "markdown/percent_coding.hpp"
#include "markdown/text.hpp"

namespace bm {

namespace {

/// What is wrong with a request whose sender is known; error and description.
std::optional<std::pair<std::string, std::string>> request_fault(const AccessParts& parts,
                                                                 const FormFields& form,
                                                                 const OAuthClient& client) {
    using Fault = std::pair<std::string, std::string>;
    if (!client.may_use(kCodeGrant))
        return Fault{"unauthorized_client", "The client did not register authorization_code."};
    if (!form.find("response_type")) return Fault{"invalid_request", "response_type is missing."};
    if (form.value("response_type") != "code")
        return Fault{"unsupported_response_type", "response_type must be code."};
    if (form.value("response_mode") != "" && form.value("response_mode") != "query")
        return Fault{"invalid_request", "response_mode must be query."};
    if (form.value("code_challenge_method") != "S256")
        return Fault{"invalid_request", "code_challenge_method must be S256."};
    if (!is_code_challenge(form.value("code_challenge")))
        return Fault{"invalid_request", "code_challenge is no SHA-256 in base64url."};
    if (const auto resource = form.find("resource"); resource && !parts.urls.is_ours(*resource))
        return Fault{"invalid_target", "This server does not serve that resource."};
    if (!ScopeSet::parse(form.value("scope")))
        return Fault{"invalid_scope", "There are notes:read and notes:write."};
    return std::nullopt;
}

/// `prompt` is a list (OpenID Connect Core, 3.1.2.1).
bool wants_consent(std::string_view prompt) {
    const auto words = split(prompt, ' ');
    return std::any_of(words.begin(), words.end(), [](std::string_view word) {
        return word == "consent" || word == "login" || word == "select_account";
    });
}

}  // namespace

bool forbids_questions(std::string_view query) {
    const auto form = parse_form(query);
    return form && form->value("prompt") == "none";
}

bool names_unknown_document(const AccessParts& parts, std::string_view query) {
    const auto form = parse_form(query);
    return form && parts.clients.would_fetch(form->value("client_id"));
}

std::variant<AuthorizationRequest, UntrustedRequest, FaultyRequest> read_authorization_request(
    const AccessParts& parts, std::string_view query, const ClientSeeker& seeker) {
    const auto form = parse_form(query);
    if (!form) return UntrustedRequest{400, form.error().message};
    const auto id = form->find("client_id");
    if (!id) return UntrustedRequest{400, "The application did not say who it is (client_id)."};
    const auto client = parts.clients.find(*id, seeker);
    if (!client) {
        const bool may_help = client.error().fault == Fault::unavailable;
        return UntrustedRequest{may_help ? 503 : 400, client.error().message};
    }
    const auto given = form->find("redirect_uri");
    std::string redirect;
    if (given) {
        redirect = std::string(*given);
    } else if (client->redirect_uris.size() == 1) {
        redirect = client->redirect_uris.front();
    }
    if (!redirect_matches(client->redirect_uris, redirect))
        return UntrustedRequest{
            400, "The application wants the answer at an address that it did not register."};
    std::optional<std::string> state;
    if (const auto value = form->find("state")) state = std::string(*value);
    if (const auto fault = request_fault(parts, *form, *client))
        return FaultyRequest{client->id, redirect, state, fault->first, fault->second};
    AuthorizationRequest request;
    request.client = *client;
    request.redirect_uri = redirect;
    request.challenge = std::string(form->value("code_challenge"));
    request.scope = *ScopeSet::parse(form->value("scope"));
    request.scope.offline = request.scope.offline || client->may_use(kRefreshGrant);
    request.state = state;
    request.resource = std::string(form->find("resource").value_or(parts.urls.resource));
    request.forbids_questions = form->value("prompt") == "none";
    request.wants_consent = wants_consent(form->value("prompt"));
    return request;
}

HttpResponse redirect_answer(const AccessUrls& urls, const std::string& redirect_uri,
                             const std::optional<std::string>& state,
                             const std::vector<std::pair<std::string, std::string>>& parameters) {
    std::string location = redirect_uri;
    char separator = redirect_uri.find('?') == std::string::npos ? '?' : '&';
    const auto add = [&](std::string_view name, std::string_view value) {
        location += separator;
        location.append(name).append("=").append(percent_encoded(value));
        separator = '&';
    };
    for (const auto& [name, value] : parameters) add(name, value);
    if (state) add("state", *state);
    add("iss", urls.issuer);
    HttpResponse answer;
    // 303: the browser must not send our form on.
    answer.status = 303;
    answer.fields.add("Location", location);
    answer.fields.add("Cache-Control", "no-store");
    answer.fields.add("Referrer-Policy", "no-referrer");
    return answer;
}

}  // namespace bm
