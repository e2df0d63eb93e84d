#include <doctest/doctest.h>

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
    CHECK(has_part(fixture.log.back(), "'<b>eve</b>\"' failed"));
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

TEST_CASE("text between tags and in attributes is escaped") {
    CHECK(bm::html_escaped("<a href=\"x\" b='y'>&</a>") ==
          "&lt;a href=&quot;x&quot; b=&#39;y&#39;&gt;&amp;&lt;/a&gt;");
}

}  // namespace
}  // namespace bm::test
