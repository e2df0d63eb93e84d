#include "access/browser_visit.hpp"

#include "access/answers.hpp"
#include "access/browser_logins.hpp"
#include "access/page.hpp"
#include "access/secret.hpp"
#include "markdown/text.hpp"
#include "repository/crypto.hpp"

namespace bm {

namespace {

// The prefix binds the cookie to this host and to https; on plain http no browser would take it.
std::string cookie_name(const AccessParts& parts) {
    return parts.urls.is_https ? "__Host-bm_login" : "bm_login";
}

bool comes_from_us(const AccessParts& parts, const HttpRequest& request) {
    if (request.fields.count("Origin") > 1) return false;
    const auto origin = request.fields.find("Origin");
    if (origin && *origin != parts.urls.issuer) return false;
    const auto site = request.fields.find("Sec-Fetch-Site");
    return !site || *site == "same-origin" || *site == "none";
}

/// The login that a form carries over plain http.
std::string login_of_form(const HttpRequest& request) {
    if (request.method != "POST") return {};
    const auto form = parse_form(request.body);
    if (!form || !is_secret(SecretKind::login, form->value("login"))) return {};
    return std::string(form->value("login"));
}

}  // namespace

std::optional<std::string> cookie_value(const HttpRequest& request, const std::string& name) {
    std::optional<std::string> value;
    for (const HttpField& field : request.fields.all()) {
        if (to_lower(field.name) != "cookie") continue;
        for (const std::string_view piece : split(field.value, ';')) {
            const std::string_view pair = trim(piece);
            const std::size_t equals = pair.find('=');
            if (equals == std::string_view::npos || pair.substr(0, equals) != name) continue;
            if (value) return std::nullopt;
            value = std::string(pair.substr(equals + 1));
        }
    }
    return value;
}

std::string BrowserVisit::form_token() const { return base64url(hmac_sha256(secret, "bm form")); }

BrowserVisit visit_of(const AccessParts& parts, const HttpRequest& request) {
    BrowserVisit visit;
    const auto cookie = cookie_value(request, cookie_name(parts));
    visit.is_new = !cookie || !is_secret(SecretKind::login, *cookie);
    visit.secret = visit.is_new ? new_secret(SecretKind::login) : *cookie;
    if (visit.is_new) return visit;
    if (!parts.urls.is_https) visit.login = login_of_form(request);
    const std::string& login = parts.urls.is_https ? visit.secret : visit.login;
    if (login.empty()) return visit;
    visit.user = parts.store.read(
        [&](Database& database) { return BrowserLogins(database).find(login, parts.now()); });
    return visit;
}

tl::expected<FormFields, HttpResponse> own_form(const AccessParts& parts,
                                                const HttpRequest& request,
                                                const BrowserVisit& visit) {
    if (!comes_from_us(parts, request))
        return tl::unexpected(
            message_page(403, "Not from here", "Another site sent this form. Nothing was done."));
    if (!has_media_type(request, "application/x-www-form-urlencoded"))
        return tl::unexpected(message_page(415, "Not a form", "This is no form of this server."));
    auto form = parse_form(request.body);
    if (!form) return tl::unexpected(message_page(400, "Not a form", form.error().message));
    if (visit.is_new || !equal_in_constant_time(form->value("form_token"), visit.form_token()))
        return tl::unexpected(message_page(
            403, "This page is too old",
            "Go back to the application and start again. Cookies must be allowed for this site."));
    return *form;
}

HttpResponse with_cookie(const AccessParts& parts, const BrowserVisit& visit, HttpResponse answer) {
    if (!visit.is_new) return answer;
    std::string cookie = cookie_name(parts) + "=" + visit.secret + "; Path=/; HttpOnly; " +
                         "SameSite=Lax; Max-Age=" + std::to_string(kLoginLife);
    if (parts.urls.is_https) cookie += "; Secure";
    answer.fields.add("Set-Cookie", cookie);
    return answer;
}

void end_plain_login(Database& database, const BrowserVisit& visit) {
    if (!visit.login.empty()) BrowserLogins(database).remove(visit.login);
}

HttpResponse see_other(const std::string& location) {
    HttpResponse answer;
    answer.status = 303;
    answer.fields.add("Location", location);
    answer.fields.add("Cache-Control", "no-store");
    return answer;
}

}  // namespace bm
