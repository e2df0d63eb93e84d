#include "access/login_endpoint.hpp"

#include "access/answers.hpp"
#include "access/authorize_endpoint.hpp"
#include "access/browser_logins.hpp"
#include "access/device_endpoint.hpp"
#include "access/known_browser.hpp"
#include "access/login_budget.hpp"
#include "access/login_page.hpp"
#include "access/page.hpp"
#include "access/redirect_match.hpp"
#include "access/secret.hpp"

namespace bm {

namespace {

constexpr std::string_view kAuthorizePage = "/authorize?";

/// Only pages of ours, so that the login leads nobody elsewhere.
bool is_own_page(std::string_view next) {
    const bool known =
        next.starts_with(kAuthorizePage) || next == "/device" || next.starts_with("/device?");
    return known && next.find_first_of(" \\\r\n\t") == std::string_view::npos;
}

// A consent that is remembered redirects at once, and browsers hold the login form to it.
std::string target_behind(std::string_view next) {
    if (!next.starts_with(kAuthorizePage)) return {};
    const auto form = parse_form(next.substr(kAuthorizePage.size()));
    if (!form) return {};
    const std::string_view uri = form->value("redirect_uri");
    return is_acceptable_redirect(uri) ? redirect_source(uri) : std::string();
}

/// A login that is asked for, before its password is looked at.
struct LoginTry {
    std::string name;
    std::string_view password;
    std::optional<UserAccount> account;
    std::optional<KnownBrowser> browser;  ///< where it is known for this account
};

LoginTry login_try(const AccessParts& parts, const HttpRequest& request, const FormFields& form) {
    LoginTry login;
    login.name = user_name_key(form.value("user")).substr(0, kLongestUserName + 1);
    login.password = form.value("password");
    login.account = parts.store.read(
        [&](Database& database) { return UserAccounts(database).find(login.name); });
    login.browser = known_browser(parts, request, login.account);
    return login;
}

/// For the log. People type their password here by mistake, so what is no name is not told.
std::string logged_name(const LoginTry& login) {
    return login.account ? "user " + log_word(login.account->name) : "an unknown user";
}

Result<PasswordHasher::Verdict> verdict_of(const AccessParts& parts, const LoginTry& login) {
    const auto caller =
        login.browser ? PasswordHasher::Caller::known : PasswordHasher::Caller::stranger;
    if (!login.account) return parts.hasher.verify_nobody(login.password, caller);
    return parts.hasher.verify(login.password, login.account->password, caller);
}

/// The page that asked for the login, for a visitor who is logged in.
HttpResponse page_behind(const AccessParts& parts, const BrowserVisit& visit,
                         const std::string& next) {
    if (next.starts_with(kAuthorizePage))
        return authorize_page_for(parts, visit, next.substr(kAuthorizePage.size()));
    const std::size_t mark = next.find('?');
    return device_entry_for(parts, visit,
                            mark == std::string::npos ? std::string() : next.substr(mark + 1));
}

/// None when the password was changed meanwhile.
std::optional<HttpResponse> logged_in(const AccessParts& parts, const BrowserVisit& visit,
                                      const LoginTry& login, bool is_cheap,
                                      const std::string& next) {
    const std::string secret = new_secret(SecretKind::login);
    // One that is known stays so for as long as it is used.
    const std::string known =
        login.browser ? login.browser->secret : new_secret(SecretKind::known_browser);
    const bool is_https = parts.urls.is_https;
    const auto hash = is_cheap ? parts.hasher.hash(login.password) : Result<std::string>("");
    const Seconds now = parts.now();
    const bool added = parts.store.write([&](Database& database) {
        BrowserLogins logins(database);
        if (!logins.add_verified(secret, *login.account, now,
                                 is_https ? kLoginLife : kPlainLoginLife))
            return false;
        logins.remove(visit.secret);
        if (is_cheap && hash) UserAccounts(database).set_password(login.account->id, *hash, false);
        if (is_https) KnownBrowsers(database).add(known, login.account->id, now);
        return true;
    });
    if (!added) return std::nullopt;
    BrowserVisit fresh = visit;
    fresh.user = login.account;
    if (!is_https) {
        fresh.login = secret;
        return page_behind(parts, fresh, next);
    }
    fresh.secret = secret;
    fresh.is_new = true;
    return with_known_browser(parts, known, with_cookie(parts, fresh, see_other(next)));
}

}  // namespace

HttpResponse ask_for_login(const AccessParts& parts, const BrowserVisit& visit,
                           const std::string& next) {
    const bool nobody =
        parts.store.read([](Database& database) { return UserAccounts(database).is_empty(); });
    if (nobody)
        return message_page(503, "Not set up yet",
                            "This server has no owner. When it is started, its console shows a "
                            "link to set it up.");
    LoginPage page;
    page.form_token = visit.form_token();
    page.next = next;
    page.form_target = target_behind(next);
    return with_cookie(parts, visit, login_page(page));
}

HttpResponse login_response(const AccessParts& parts, const HttpRequest& request) {
    const BrowserVisit visit = visit_of(parts, request);
    const auto form = own_form(parts, request, visit);
    if (!form) return form.error();
    const std::string next(form->value("next"));
    if (!is_own_page(next))
        return message_page(400, "Not from here", "The login does not lead to a page of ours.");
    const LoginTry login = login_try(parts, request, *form);
    const std::string typed(form->value("user"));
    const auto again = [&](int status, const std::string& problem) {
        return login_page({visit.form_token(), next, typed, problem, target_behind(next), status});
    };
    LoginBudget budget(parts.limits, request.peer, login.name,
                       login.browser ? std::optional(login.browser->counted_as) : std::nullopt);
    if (!budget.take()) {
        parts.note(LogLevel::warning,
                   "too many logins of " + logged_name(login) + " from " + request.peer);
        HttpResponse answer = again(429, "Too many attempts. Wait a few minutes.");
        answer.fields.add("Retry-After", "300");
        return answer;
    }
    const auto verdict = verdict_of(parts, login);
    if (!verdict) {
        budget.give_back();
        HttpResponse answer = again(503, verdict.error().message);
        answer.fields.add("Retry-After", "5");
        return answer;
    }
    if (*verdict != PasswordHasher::Verdict::wrong && login.account) {
        const bool is_cheap = *verdict == PasswordHasher::Verdict::right_but_cheap;
        if (auto answer = logged_in(parts, visit, login, is_cheap, next)) {
            budget.give_back();
            parts.note(LogLevel::info, logged_name(login) + " logged in from " + request.peer);
            return *answer;
        }
    }
    parts.note(LogLevel::warning,
               "login of " + logged_name(login) + " from " + request.peer + " failed");
    return again(403, "User name or password is wrong.");
}

}  // namespace bm
