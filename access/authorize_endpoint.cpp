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

/// Whether the browser may be sent to a client that asked wrongly. A stranger's browser is never
/// sent to another site: that would make our name a door to every address that somebody registers.
bool may_redirect_fault(const AccessParts& parts, const BrowserVisit& visit,
                        const FaultyRequest& fault) {
    if (is_loopback_redirect(fault.redirect_uri)) return true;
    if (!visit.user) return false;
    const auto given = parts.store.read([&](Database& database) {
        return Consents(database).find(visit.user->id, fault.client, fault.redirect_uri,
                                       parts.now());
    });
    return given.has_value();
}

/// What to answer a request that cannot be asked of the user; none when it can.
std::optional<HttpResponse> refused_request(const AccessParts& parts, const BrowserVisit& visit,
                                            const RequestOutcome& outcome) {
    if (const auto* untrusted = std::get_if<UntrustedRequest>(&outcome))
        return message_page(untrusted->status, "This application cannot connect",
                            untrusted->message);
    const auto* faulty = std::get_if<FaultyRequest>(&outcome);
    if (faulty == nullptr) return std::nullopt;
    HttpResponse answer =
        redirect_answer(parts.urls, faulty->redirect_uri, faulty->state,
                        {{"error", faulty->error}, {"error_description", faulty->description}});
    if (may_redirect_fault(parts, visit, *faulty)) return answer;
    if (!visit.user)
        return message_page(
            400, "This application cannot connect",
            "It asked in a way that this server does not know: " + faulty->description);
    return fault_page(faulty->description, redirect_place(faulty->redirect_uri),
                      std::string(answer.fields.find("Location").value_or("")));
}

/// What to answer a client that wants nobody to be asked, where somebody would have to be.
HttpResponse unasked_answer(const AccessParts& parts, const BrowserVisit& visit,
                            const AuthorizationRequest& request) {
    const FaultyRequest fault{request.client.id, request.redirect_uri, request.state,
                              visit.user ? "consent_required" : "login_required",
                              "The user has to be asked, and prompt is none."};
    return *refused_request(parts, visit, fault);
}

/// Programs on the user's device cannot be told apart, so they ask every time.
bool has_consented(const AccessParts& parts, const AuthorizationRequest& request,
                   std::int64_t user) {
    if (request.wants_consent || is_local_redirect(request.redirect_uri)) return false;
    const auto given = parts.store.read([&](Database& database) {
        return Consents(database).find(user, request.client.id, request.redirect_uri, parts.now());
    });
    const auto scope = given ? ScopeSet::parse(*given) : std::nullopt;
    return scope && request.scope.is_within(*scope);
}

HttpResponse code_answer(const AccessParts& parts, const AuthorizationRequest& request,
                         const BrowserVisit& visit, ScopeSet granted, bool was_asked) {
    const UserAccount& user = *visit.user;
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
        if (was_asked)
            Consents(database).give(user.id, request.client.id, request.redirect_uri,
                                    granted.text(), now);
        end_plain_login(database, visit);
        return true;
    });
    parts.note(LogLevel::info,
               "user " + log_word(user.name) +
                   (was_asked ? " lets client " : " let client in before, not asked again: ") +
                   log_word(request.client.id) + (was_asked ? " in: " : ": ") + granted.text());
    return redirect_answer(parts.urls, request.redirect_uri, request.state, {{"code", secret}});
}

HttpResponse denial_answer(const AccessParts& parts, const AuthorizationRequest& request,
                           const BrowserVisit& visit) {
    parts.note(LogLevel::info, "user " + log_word(visit.user->name) + " refuses client " +
                                   log_word(request.client.id));
    parts.store.write([&](Database& database) {
        end_plain_login(database, visit);
        return true;
    });
    return redirect_answer(
        parts.urls, request.redirect_uri, request.state,
        {{"error", "access_denied"}, {"error_description", "The user said no."}});
}

HttpResponse consent_answer(const AccessParts& parts, const BrowserVisit& visit,
                            const AuthorizationRequest& request, const std::string& query) {
    ConsentPage page;
    page.form_token = visit.form_token();
    page.login = visit.login;
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

HttpResponse authorize_page_for(const AccessParts& parts, const BrowserVisit& visit,
                                const std::string& query) {
    // For a stranger we call no other server: whoever is logged in is worth it.
    if (!visit.user && names_unknown_document(parts, query)) {
        if (!forbids_questions(query)) return ask_for_login(parts, visit, "/authorize?" + query);
        // Nor is a browser sent to an address that nobody has vouched for.
        return message_page(400, "This application cannot connect",
                            "It wants nobody to be asked, and nobody is logged in here "
                            "(login_required).");
    }
    const ClientSeeker seeker{Limited::document_of_account,
                              visit.user ? visit.user->name : std::string()};
    const RequestOutcome outcome = read_authorization_request(parts, query, seeker);
    if (auto refusal = refused_request(parts, visit, outcome)) return *refusal;
    const auto& asked = std::get<AuthorizationRequest>(outcome);
    const bool is_settled = visit.user && has_consented(parts, asked, visit.user->id);
    if (asked.forbids_questions && !is_settled) return unasked_answer(parts, visit, asked);
    if (!visit.user) return ask_for_login(parts, visit, "/authorize?" + query);
    if (is_settled) return code_answer(parts, asked, visit, asked.scope, false);
    return consent_answer(parts, visit, asked, query);
}

HttpResponse authorize_page(const AccessParts& parts, const HttpRequest& request) {
    return authorize_page_for(parts, visit_of(parts, request), request.query);
}

HttpResponse authorize_decision(const AccessParts& parts, const HttpRequest& request) {
    const BrowserVisit visit = visit_of(parts, request);
    const auto form = own_form(parts, request, visit);
    if (!form) return form.error();
    const std::string query(form->value("request"));
    if (!visit.user) return authorize_page_for(parts, visit, query);
    const ClientSeeker seeker{Limited::document_of_account, visit.user->name};
    const RequestOutcome outcome = read_authorization_request(parts, query, seeker);
    if (auto refusal = refused_request(parts, visit, outcome)) return *refusal;
    const auto& asked = std::get<AuthorizationRequest>(outcome);
    if (form->value("decision") != "approve") return denial_answer(parts, asked, visit);
    ScopeSet granted = asked.scope;
    granted.write = granted.write && form->value("write") == "yes";
    return code_answer(parts, asked, visit, granted, true);
}

}  // namespace bm
