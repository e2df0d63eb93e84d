#include <doctest/doctest.h>

#include "access/browser_logins.hpp"
#include "access/page.hpp"
#include "access/secret.hpp"
#include "access/user_accounts.hpp"
#include "tests/access/server_fixture.hpp"

namespace bm::test {
namespace {

TEST_CASE("the first start gives a link that makes its visitor the owner, once") {
    ServerFixture server;
    const auto link = server.access->setup_link();
    REQUIRE(link);
    CHECK(link->starts_with("https://notes.example.com/setup?key=bmst_"));
    TestBrowser early(server);
    CHECK(early.get("/authorize", encoded(authorize_fields(server.new_client()))).status == 503);

    TestBrowser browser(server);
    CHECK(browser.get("/setup", "key=" + bm::new_secret(bm::SecretKind::setup)).status == 403);
    CHECK(browser.get("/setup").status == 403);
    CHECK(browser.set_up("ada", "short").status == 400);
    CHECK(browser.set_up("a b", "long enough password").status == 400);
    CHECK(browser.set_up().status == 200);
    CHECK(browser.set_up("eve").status == 403);
    CHECK(browser.get("/setup", link->substr(link->find('?') + 1)).status == 403);
    for (const auto& line : server.log) {
        CHECK_FALSE(has_part(line, link->substr(link->find("bmst_"))));
        CHECK_FALSE(has_part(line, "long enough password"));
    }
}

TEST_CASE("the link is good for a day") {
    ServerFixture server;
    server.now += bm::kDay;
    TestBrowser browser(server);
    CHECK(browser.set_up().status == 403);
}

TEST_CASE("a login fails the same way for wrong names and wrong passwords") {
    LoginFixture fixture;
    TestBrowser browser(fixture);
    browser.get("/device");
    const auto wrong = browser.log_in("ada", "wrong password");
    CHECK(wrong.status == 403);
    CHECK(has_part(wrong.body, "User name or password is wrong."));
    CHECK(field_of(wrong, "Set-Cookie").empty());
    const auto nobody = browser.log_in("nobody", "wrong password");
    CHECK(nobody.status == 403);
    CHECK(has_part(nobody.body, "User name or password is wrong."));
    CHECK(browser.log_in("ada", "long enough password").status == 303);
}

TEST_CASE("a login leads to pages of ours only") {
    LoginFixture fixture;
    for (const char* next : {"https://evil.example", "//evil.example", "/\\evil.example", "/setup",
                             "", "/authorize", "/device/../x", "javascript:x", "/authorize?a b"}) {
        CAPTURE(next);
        TestBrowser browser(fixture);
        browser.get("/device");
        const auto answer = browser.post("/login", {{"form_token", browser.field("form_token")},
                                                    {"next", next},
                                                    {"user", "ada"},
                                                    {"password", "long enough password"}});
        CHECK(answer.status == 400);
        CHECK(field_of(answer, "Set-Cookie").empty());
    }
}

TEST_CASE("guessing passwords of one account ends soon, and goes on later") {
    LoginFixture fixture;
    TestBrowser browser(fixture);
    browser.get("/device");
    for (int i = 0; i < 10; ++i) CHECK(browser.log_in("ada", "wrong password").status == 403);
    CHECK(browser.log_in("ada", "long enough password").status == 429);
    fixture.now += 300;
    CHECK(browser.log_in("ada", "long enough password").status == 303);
}

TEST_CASE("who guesses from elsewhere does not keep the owner out") {
    LoginFixture fixture;
    TestBrowser thief(fixture);
    thief.peer = "198.51.100.1";
    thief.get("/device");
    for (int i = 0; i < 11; ++i) (void)thief.log_in("ada", "wrong password");
    CHECK(thief.log_in("ada", "long enough password").status == 429);
    TestBrowser owner(fixture);
    owner.get("/device");
    CHECK(owner.log_in("ada", "long enough password").status == 303);
}

TEST_CASE("a browser that has logged in before gets in whatever others do, but guesses no more") {
    LoginFixture fixture;
    REQUIRE(fixture.browser.known);
    CHECK(fixture.browser.known->starts_with("__Host-bm_known=bmkb_"));
    TestBrowser owner(fixture);
    owner.known = fixture.browser.known;
    owner.get("/device");
    // Behind a proxy that hides addresses all come from one; elsewhere thieves have many.
    TestBrowser thief(fixture);
    thief.get("/device");
    for (int i = 0; i < 300; ++i) {
        thief.peer = i % 2 == 0 ? owner.peer : "198.51.100." + std::to_string(i);
        (void)thief.log_in("ada", "wrong password");
        if (i % 20 == 0) fixture.now += 60;
    }
    TestBrowser stranger(fixture);
    stranger.peer = "203.0.113.9";
    stranger.get("/device");
    const auto slowed = stranger.log_in("ada", "long enough password");
    CHECK(slowed.status == 429);
    CHECK(field_of(slowed, "Retry-After") == "300");
    CHECK(owner.log_in("ada", "long enough password").status == 303);

    TestBrowser guesser(fixture);
    guesser.known = fixture.browser.known;
    guesser.get("/device");
    for (int i = 0; i < 10; ++i) CHECK(guesser.log_in("ada", "wrong password").status == 403);
    CHECK(guesser.log_in("ada", "long enough password").status == 429);
}

TEST_CASE("logins that succeed use nothing up, and one address has a limit over all names") {
    LoginFixture fixture;
    for (int i = 0; i < 40; ++i) {
        TestBrowser browser(fixture);
        browser.get("/device");
        REQUIRE(browser.log_in("ada", "long enough password").status == 303);
    }
    TestBrowser thief(fixture);
    thief.get("/device");
    for (int i = 0; i < 30; ++i)
        CHECK(thief.log_in("user" + std::to_string(i), "wrong password").status == 403);
    CHECK(thief.log_in("user30", "wrong password").status == 429);
    CHECK(thief.log_in(std::string(30'000, 'x'), "wrong password").status == 429);
}

TEST_CASE("a login whose password was changed meanwhile is none") {
    StoreFixture fixture;
    fixture.store.write([&](Database& db) {
        UserAccounts users(db);
        BrowserLogins logins(db);
        const auto id = users.add("ada", "first", 1).value();
        const UserAccount verified = *users.find(id);
        CHECK(logins.add_verified("a", verified, fixture.now));
        users.set_password(id, "second", true);
        CHECK_FALSE(logins.add_verified("b", verified, fixture.now));
        CHECK_FALSE(logins.find("b", fixture.now));
        const UserAccount again = *users.find(id);
        users.remove("ada");
        CHECK_FALSE(logins.add_verified("c", again, fixture.now));
        return true;
    });
}

TEST_CASE("each server that shows a link keeps its own, until one of them is used") {
    ServerFixture first;
    AccessOptions options;
    options.file = first.folder.path() / "access.db";
    options.public_url = "https://notes.example.com:8443";
    options.clock = [&] { return Timestamp(std::chrono::seconds(first.now)); };
    options.password_cost = {4, 2, 1};
    const auto second = Access::open(std::move(options)).value();
    REQUIRE(second->setup_link());
    TestBrowser browser(first);
    CHECK(browser.set_up().status == 200);
    const std::string link = *second->setup_link();
    const auto late =
        second->handler().handle(get_request("/setup", link.substr(link.find('?') + 1)));
    REQUIRE(late);
    CHECK(late->status == 403);
}

TEST_CASE("a wrong key of the setup costs its sender, never the owner") {
    ServerFixture server;
    TestBrowser thief(server);
    TestBrowser owner(server);
    const std::string link = server.access->setup_link().value();
    owner.get("/setup", link.substr(link.find('?') + 1));
    thief.get("/setup", link.substr(link.find('?') + 1));
    const Fields wrong{{"form_token", thief.field("form_token")},
                       {"key", new_secret(SecretKind::setup)}};
    for (int i = 0; i < 30; ++i) CHECK(thief.post("/setup", wrong).status == 403);
    const auto refused = thief.post("/setup", wrong);
    CHECK(refused.status == 429);
    CHECK_FALSE(field_of(refused, "Retry-After").empty());
    CHECK(owner.set_up().status == 200);
}

TEST_CASE("a name with line breaks or escapes forges neither a log nor a page") {
    LoginFixture fixture;
    TestBrowser browser(fixture);
    browser.get("/device");
    CHECK(browser.log_in("eve\nINFO user 'ada' logged in", "x").status == 400);
    browser.get("/device");
    const auto answer = browser.log_in("<b>eve</b>'", "wrong password");
    CHECK_FALSE(has_part(answer.body, "<b>"));
    for (const auto& line : fixture.log) CHECK_FALSE(has_part(line, "\n"));
    REQUIRE_FALSE(fixture.log.empty());
    // People type their password into the wrong field.
    CHECK(has_part(fixture.log.back(), "login of an unknown user from 192.0.2.1 failed"));
    browser.log_in("ada", "wrong password");
    CHECK(has_part(fixture.log.back(), "login of user 'ada' from 192.0.2.1 failed"));
}

TEST_CASE("a new password ends the logins in browsers; a removed user is out") {
    LoginFixture fixture;
    bm::AccessStore other(fixture.folder.path() / "access.db");
    const auto asks_login = [&] {
        return has_part(fixture.browser.get("/device").body, "action=\"/login\"");
    };
    CHECK_FALSE(asks_login());
    other.write([](bm::Database& db) {
        bm::UserAccounts users(db);
        users.set_password(users.find("ada")->id, "x", false);
        return true;
    });
    CHECK_FALSE(asks_login());
    other.write([](bm::Database& db) {
        bm::UserAccounts users(db);
        users.set_password(users.find("ada")->id, "x", true);
        return true;
    });
    CHECK(asks_login());
}

TEST_CASE("what was approved under an old password and waits becomes no tokens") {
    LoginFixture fixture;
    const std::string code = fixture.new_code();
    const auto tokens = fixture.new_tokens();
    bm::AccessStore other(fixture.folder.path() / "access.db");
    other.write([](bm::Database& db) {
        bm::UserAccounts users(db);
        users.set_password(users.find("ada")->id, "x", true);
        return true;
    });
    CHECK(json_of(fixture.post("/token", fixture.exchange_fields(code)))["error"] ==
          "invalid_grant");
    // Clients that have tokens stay.
    CHECK(fixture.refresh(tokens["refresh_token"]).status == 200);
}

TEST_CASE("a browser stays known for as long as somebody logs in with it") {
    LoginFixture fixture;
    TestBrowser owner(fixture);
    owner.known = fixture.browser.known;
    constexpr bm::Seconds half = 100 * bm::kDay;
    for (int i = 0; i < 3; ++i) {
        fixture.now += half;
        owner.cookie.reset();
        owner.get("/device");
        const auto answer = owner.log_in("ada", "long enough password");
        REQUIRE(answer.status == 303);
        CHECK(owner.known == fixture.browser.known);
        int renewed = 0;
        for (const auto& field : answer.fields.all()) {
            renewed += field.name == "Set-Cookie" && has_part(field.value, "__Host-bm_known=");
        }
        CHECK(renewed == 1);
    }
    // It is still known: others cannot keep it out.
    TestBrowser thief(fixture);
    thief.get("/device");
    for (int i = 0; i < 150; ++i) {
        thief.peer = "198.51.100." + std::to_string(i);
        (void)thief.log_in("ada", "wrong password");
        if (i % 20 == 0) fixture.now += 60;
    }
    owner.cookie.reset();
    owner.get("/device");
    CHECK(owner.log_in("ada", "long enough password").status == 303);
}

TEST_CASE("text between tags and in attributes is escaped") {
    CHECK(bm::html_escaped("<a href=\"x\" b='y'>&</a>") ==
          "&lt;a href=&quot;x&quot; b=&#39;y&#39;&gt;&amp;&lt;/a&gt;");
}

}  // namespace
}  // namespace bm::test
