#include "access/owner_setup.hpp"

#include "access/answers.hpp"
#include "access/browser_logins.hpp"
#include "access/browser_visit.hpp"
#include "access/known_browser.hpp"
#include "access/login_page.hpp"
#include "access/page.hpp"
#include "access/secret.hpp"
#include "repository/crypto.hpp"

namespace bm {

namespace {

// Each process that shows a link has a key of its own.
std::string setup_row(std::string_view key) { return "setup/" + base64url(secret_digest(key)); }

/// Whether this key opens the setup now.
bool opens_setup(Database& database, std::string_view key, Seconds now) {
    if (!is_secret(SecretKind::setup, key) || !UserAccounts(database).is_empty()) return false;
    auto statement = database.prepare("SELECT 1 FROM setting WHERE name = ? AND expires_at > ?");
    auto query = statement.run();
    const std::string row = setup_row(key);
    return query.bind(row).bind(now).step();
}

HttpResponse closed_setup() {
    return message_page(403, "This link is used up",
                        "The server has an owner, or the link is old. A new start of the server "
                        "shows a new one as long as nobody is the owner.");
}

/// False when somebody was faster.
bool add_owner(const AccessParts& parts, std::string_view key, const std::string& name,
               const std::string& hash, const std::string& login, const std::string& known) {
    const Seconds now = parts.now();
    return parts.store.write([&](Database& database) {
        if (!opens_setup(database, key, now)) return false;
        const auto id = UserAccounts(database).add(name, hash, now);
        if (!id) return false;
        database.exec("DELETE FROM setting WHERE name GLOB 'setup/*'");
        // Over plain http a login would serve nobody: it stands in the forms behind a log-in page.
        if (parts.urls.is_https) BrowserLogins(database).add(login, *id, now);
        KnownBrowsers(database).add(known, *id, now);
        return true;
    });
}

}  // namespace

std::optional<std::string> new_setup_link(AccessStore& store, const AccessUrls& urls, Seconds now) {
    const std::string key = new_secret(SecretKind::setup);
    const bool is_open = store.write([&](Database& database) {
        if (!UserAccounts(database).is_empty()) return false;
        auto statement =
            database.prepare("INSERT INTO setting (name, value, expires_at) VALUES (?, ?, ?)");
        statement.run().bind(setup_row(key)).bind_blob("open").bind(now + kSetupLife).done();
        return true;
    });
    if (!is_open) return std::nullopt;
    return urls.issuer + "/setup?key=" + key;
}

HttpResponse setup_entry(const AccessParts& parts, const HttpRequest& request) {
    const auto form = parse_form(request.query);
    if (!form) return message_page(400, "Not a form", form.error().message);
    const std::string key(form->value("key"));
    const bool is_open = parts.store.read(
        [&](Database& database) { return opens_setup(database, key, parts.now()); });
    if (!is_open) return closed_setup();
    const BrowserVisit visit = visit_of(parts, request);
    return with_cookie(parts, visit, setup_page({visit.form_token(), key, "", "", 200}));
}

HttpResponse setup_decision(const AccessParts& parts, const HttpRequest& request) {
    const BrowserVisit visit = visit_of(parts, request);
    const auto form = own_form(parts, request, visit);
    if (!form) return form.error();
    const std::string key(form->value("key"));
    const std::string name(form->value("user"));
    const std::string_view password = form->value("password");
    const bool is_open = parts.store.read(
        [&](Database& database) { return opens_setup(database, key, parts.now()); });
    if (!is_open) {
        parts.note(LogLevel::warning, "a setup from " + request.peer + " with a key of no use");
        if (parts.limits.admits(Limited::login_of_peer, request.peer)) return closed_setup();
        return wait_page(60);
    }
    const auto again = [&](const std::string& problem) {
        return setup_page({visit.form_token(), key, name, problem, 400});
    };
    if (const auto fault = user_name_fault(name); !fault.empty()) return again(fault);
    if (password != form->value("again")) return again("The two passwords differ.");
    if (const auto weakness = password_weakness(password, name); !weakness.empty())
        return again(weakness);
    const auto hash = parts.hasher.hash(password);
    if (!hash) return again(hash.error().message);
    BrowserVisit fresh;
    fresh.secret = new_secret(SecretKind::login);
    fresh.is_new = true;
    const std::string known = new_secret(SecretKind::known_browser);
    if (!add_owner(parts, key, name, *hash, fresh.secret, known)) return closed_setup();
    parts.note(LogLevel::info, "user " + log_word(name) + " is the owner now");
    return with_known_browser(
        parts, known,
        with_cookie(parts, fresh,
                    message_page(
                        200, "You are the owner",
                        "Connect an application now: give it the address " + parts.urls.resource)));
}

}  // namespace bm
