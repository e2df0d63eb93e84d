#include "access/authorize_endpoint.hpp"

#include "access/answers.hpp"
#include "access/authorization_codes.hpp"
#include "access/authorization_request.hpp"
#include "access/browser_logins.hpp"
#include "access/browser_visit.hpp"
#include "access/consent_page.hpp"
#include "access/login_endpoint.hpp"
#include "access/page.hpp"
#include "access/redirect_match.hpp"
#include "access/registered_clients.hpp"
#include "access/secret.hpp"
#include "access/url_parts.hpp"

namespace bm {

namespace {

using RequestOutcome = std::variant<AuthorizationRequest, UntrustedRequest, FaultyRequest>;

/// What to answer a request that cannot be asked of the user; none when it can.
std::optional<HttpResponse> refused_request(const AccessParts& parts,
                                            const RequestOutcome& outcome) {
    if (const auto* untrusted = std::get_if<UntrustedRequest>(&outcome))
        return message_page(untrusted->status, "This application cannot connect",
                            untrusted->message);
    if (const auto* faulty = std::get_if<FaultyRequest>(&outcome))
        return redirect_answer(
            parts.urls, faulty->redirect_uri, faulty->state,
            {{"error", faulty->error}, {"error_description", faulty->description}});
    return std::nullopt;
}

/// Programs on the user's device cannot be told apart, so they ask every time.
bool has_consented(const AccessParts& parts, const AuthorizationRequest& request,
                   std::int64_t user) {
    if (request.wants_consent || is_local_redirect(request.redirect_uri)) return false;
    const auto given = parts.store.read([&](Database& database) {
        return Consents(database).find(user, request.client.id, request.redirect_uri);
    });
    const auto scope = given ? ScopeSet::parse(*given) : std::nullopt;
    return scope && request.scope.is_within(*scope);
}

HttpResponse code_answer(const AccessParts& parts, const AuthorizationRequest& request,
                         const UserAccount& user, ScopeSet granted) {
    const std::string secret = new_secret(SecretKind::authorization_code);
    const Seconds now = parts.now();
    parts.store.write([&](Database& database) {
        AuthorizationCode code;
        code.client = request.client.id;
        code.redirect_uri = request.redirect_uri;
        code.challenge = request.challenge;
        code.scope = granted;
        code.resource = request.resource;
        code.user = user.id;
        code.expires_at = now + kCodeLife;
        AuthorizationCodes(database).add(secret, code);
        Consents(database).give(user.id, request.client.id, request.redirect_uri, granted.text(),
                                now);
        return true;
    });
    parts.note(LogLevel::info, "user " + log_word(user.name) + " lets client " +
                                   log_word(request.client.id) + " in: " + granted.text());
    return redirect_answer(parts.urls, request.redirect_uri, request.state, {{"code", secret}});
}

HttpResponse consent_answer(const AccessParts& parts, const BrowserVisit& visit,
                            const AuthorizationRequest& request, const std::string& query) {
    ConsentPage page;
    page.form_token = visit.form_token();
    page.user = visit.user->name;
    page.client_name = request.client.name;
    const auto url = is_document_id(request.client.id) ? url_parts(request.client.id)
                                                       : std::optional<UrlParts>();
    page.client_id = url ? url->host : request.client.id;
    page.place = redirect_place(request.redirect_uri);
    page.place_is_local = is_local_redirect(request.redirect_uri);
    page.scope = request.scope;
    page.request = query;
    page.form_target = redirect_source(request.redirect_uri);
    return with_cookie(parts, visit, consent_page(page));
}

}  // namespace

HttpResponse authorize_page(const AccessParts& parts, const HttpRequest& request) {
    const RequestOutcome outcome = read_authorization_request(parts, request.query);
    if (auto refusal = refused_request(parts, outcome)) return *refusal;
    const auto& asked = std::get<AuthorizationRequest>(outcome);
    const BrowserVisit visit = visit_of(parts, request);
    if (!visit.user) return ask_for_login(parts, visit, "/authorize?" + request.query);
    if (has_consented(parts, asked, visit.user->id))
        return code_answer(parts, asked, *visit.user, asked.scope);
    return consent_answer(parts, visit, asked, request.query);
}

HttpResponse authorize_decision(const AccessParts& parts, const HttpRequest& request) {
    const BrowserVisit visit = visit_of(parts, request);
    const auto form = own_form(parts, request, visit);
    if (!form) return form.error();
    const std::string query(form->value("request"));
    const RequestOutcome outcome = read_authorization_request(parts, query);
    if (auto refusal = refused_request(parts, outcome)) return *refusal;
    const auto& asked = std::get<AuthorizationRequest>(outcome);
    if (!visit.user) return ask_for_login(parts, visit, "/authorize?" + query);
    if (form->value("decision") != "approve") {
        parts.note(LogLevel::info, "user " + log_word(visit.user->name) + " refuses client " +
                                       log_word(asked.client.id));
        return redirect_answer(
            parts.urls, asked.redirect_uri, asked.state,
            {{"error", "access_denied"}, {"error_description", "The user said no."}});
    }
    ScopeSet granted = asked.scope;
    granted.write = granted.write && form->value("write") == "yes";
    return code_answer(parts, asked, *visit.user, granted);
}

}  // namespace bm
