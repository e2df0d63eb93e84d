#include "access/login_endpoint.hpp"

#include "access/answers.hpp"
#include "access/browser_logins.hpp"
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

Result<std::optional<UserAccount>> verified_user(const AccessParts& parts, std::string_view name,
                                                 std::string_view password) {
    const auto account =
        parts.store.read([&](Database& database) { return UserAccounts(database).find(name); });
    const auto verdict = account ? parts.hasher.verify(password, account->password)
                                 : parts.hasher.verify_nobody(password);
    if (!verdict) return tl::unexpected(verdict.error());
    if (*verdict == PasswordHasher::Verdict::wrong || !account) return std::optional<UserAccount>();
    if (*verdict == PasswordHasher::Verdict::right_but_cheap) {
        if (const auto hash = parts.hasher.hash(password)) {
            parts.store.write([&](Database& database) {
                UserAccounts(database).set_password(account->id, *hash, false);
                return true;
            });
        }
    }
    return account;
}

HttpResponse logged_in(const AccessParts& parts, const BrowserVisit& visit, const UserAccount& user,
                       const std::string& next) {
    BrowserVisit fresh;
    fresh.secret = new_secret(SecretKind::login);
    fresh.is_new = true;
    parts.store.write([&](Database& database) {
        BrowserLogins logins(database);
        logins.remove(visit.secret);
        logins.add(fresh.secret, user.id, parts.now());
        return true;
    });
    parts.note(LogLevel::info, "user " + log_word(user.name) + " logged in");
    return with_cookie(parts, fresh, see_other(next));
}

}  // namespace

HttpResponse ask_for_login(const AccessParts& parts, const BrowserVisit& visit,
                           const std::string& next) {
    const bool nobody =
        parts.store.read([](Database& database) { return UserAccounts(database).is_empty(); });
    if (nobody)
        return message_page(503, "Not set up yet",
                            "This server has no owner yet. Its console shows a link to set it up.");
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
    const std::string name = user_name_key(form->value("user"));
    const auto again = [&](int status, const std::string& problem) {
        return login_page({visit.form_token(), next, name, problem, target_behind(next), status});
    };
    if (!parts.limits.admits(Limited::login_of_peer, request.peer) ||
        !parts.limits.admits(Limited::login_of_account, name)) {
        parts.note(LogLevel::warning, "too many logins of user " + log_word(name));
        return again(429, "Too many attempts. Wait a few minutes.");
    }
    const auto user = verified_user(parts, name, form->value("password"));
    if (!user) return again(503, user.error().message);
    if (!*user) {
        parts.note(LogLevel::warning, "login of user " + log_word(name) + " failed");
        return again(403, "User name or password is wrong.");
    }
    return logged_in(parts, visit, **user, next);
}

}  // namespace bm
