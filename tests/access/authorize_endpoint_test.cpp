#include <doctest/doctest.h>

#include "access/browser_logins.hpp"
#include "access/personal_tokens.hpp"
#include "access/secret.hpp"
#include "tests/access/server_fixture.hpp"

namespace bm::test {
namespace {

TEST_CASE("what cannot be trusted is told to the user and redirected nowhere") {
    LoginFixture fixture;
    const Fields good = authorize_fields(fixture.client);
    for (const Fields& bad :
         {without_field(good, "client_id"), with_field(good, "client_id", "bmci_nobody"),
          with_field(good, "redirect_uri", "https://evil.example/cb"),
          with_field(good, "redirect_uri", "https://app.example/cb/x"),
          with_field(good, "redirect_uri", "https://app.example:444/cb"),
          with_field(good, "redirect_uri", "javascript:alert(1)"),
          with_field(good, "redirect_uri", "https://app.example/cb#x")}) {
        CAPTURE(encoded(bad));
        const auto answer = fixture.browser.get("/authorize", encoded(bad));
        CHECK(answer.status == 400);
        CHECK(field_of(answer, "Location").empty());
    }
    const auto twice =
        fixture.browser.get("/authorize", encoded(good) + "&client_id=" + fixture.client);
    CHECK(twice.status == 400);
}

TEST_CASE(
    "other faults go to a client that is let in, each parameter once, with state and issuer") {
    LoginFixture fixture;
    (void)fixture.new_tokens();
    const Fields good = authorize_fields(fixture.client);
    const struct {
        Fields query;
        const char* error;
    } cases[] = {
        {without_field(good, "response_type"), "invalid_request"},
        {with_field(good, "response_type", "token"), "unsupported_response_type"},
        {without_field(good, "code_challenge"), "invalid_request"},
        {with_field(good, "code_challenge", "short"), "invalid_request"},
        {with_field(good, "code_challenge_method", "plain"), "invalid_request"},
        {without_field(good, "code_challenge_method"), "invalid_request"},
        {with_field(good, "scope", "admin"), "invalid_scope"},
        {with_field(good, "resource", "https://other.example/mcp"), "invalid_target"},
        {with_field(good, "response_mode", "fragment"), "invalid_request"},
    };
    for (const auto& each : cases) {
        CAPTURE(encoded(each.query));
        const auto answer = fixture.browser.get("/authorize", encoded(each.query));
        CHECK(field_of(answer, "Location").starts_with("https://app.example/cb?error="));
        const auto told = redirected(answer);
        CHECK(told.value("error") == each.error);
        CHECK(told.value("state") == "a b&c");
        CHECK(told.value("iss") == "https://notes.example.com");
        CHECK_FALSE(told.find("code"));
    }
    for (const auto& each : cases) {
        CAPTURE(encoded(each.query));
        TestBrowser stranger(fixture);
        const auto told = stranger.get("/authorize", encoded(each.query));
        CHECK(told.status == 400);
        CHECK(field_of(told, "Location").empty());
        CHECK_FALSE(has_part(told.body, "href=\"https:"));
    }
    CHECK_FALSE(redirected(fixture.browser.get(
                               "/authorize",
                               encoded(without_field(with_field(good, "scope", "x"), "state"))))
                    .find("state"));
}

TEST_CASE("nobody's browser is led to a site that its user did not let in") {
    LoginFixture fixture;
    for (const char* redirect : {"https://evil.example/phish", "cursor://evil/x"}) {
        CAPTURE(redirect);
        const std::string client = fixture.new_client(redirect);
        const auto bad = with_field(authorize_fields(client, redirect), "response_type", "x");
        TestBrowser stranger(fixture);
        CHECK(stranger.get("/authorize", encoded(bad)).status == 400);
        const auto page = fixture.browser.get("/authorize", encoded(bad));
        CHECK(page.status == 400);
        CHECK(field_of(page, "Location").empty());
        CHECK(has_part(page.body, std::string("href=\"") + redirect + "?error="));
    }
    // A program of the own machine is no other site, and waits for the answer.
    const std::string native = fixture.new_client("http://127.0.0.1/cb");
    const auto bad =
        with_field(authorize_fields(native, "http://127.0.0.1:5000/cb"), "response_type", "x");
    TestBrowser stranger(fixture);
    CHECK(redirected(stranger.get("/authorize", encoded(bad))).value("error") ==
          "unsupported_response_type");
}

TEST_CASE("what was revoked does not come back without being asked for") {
    LoginFixture fixture;
    const auto asks = [&] {
        const auto page =
            fixture.browser.get("/authorize", encoded(authorize_fields(fixture.client)));
        return page.status == 200 && has_part(page.body, "Let this application in?");
    };
    AccessStore console(fixture.folder.path() / "access.db");
    (void)fixture.new_tokens();
    REQUIRE_FALSE(asks());
    REQUIRE(revoke_grant(console, "1"));
    CHECK(asks());

    Json tokens = fixture.new_tokens();
    REQUIRE_FALSE(asks());
    (void)fixture.post("/revoke", {{"token", tokens["refresh_token"].get<std::string>()},
                                   {"client_id", fixture.client}});
    CHECK(asks());

    tokens = fixture.new_tokens();
    (void)fixture.refresh(tokens["refresh_token"]);
    fixture.now += 31;
    (void)fixture.refresh(tokens["refresh_token"]);
    CHECK(asks());

    const std::string code = fixture.new_code();
    (void)fixture.post("/token", fixture.exchange_fields(code));
    REQUIRE_FALSE(asks());
    (void)fixture.post("/token", fixture.exchange_fields(code));
    CHECK(asks());
}

TEST_CASE("a code or a device that waits gives nothing after its client was revoked") {
    LoginFixture fixture;
    AccessStore console(fixture.folder.path() / "access.db");
    const auto first = fixture.new_tokens();
    const std::string waiting = fixture.new_code();
    const std::string other_client = fixture.new_client("https://other.example/cb");
    const std::string kept =
        fixture.new_code(authorize_fields(other_client, "https://other.example/cb"));
    REQUIRE(revoke_grant(console, "1"));
    const auto late = fixture.post("/token", fixture.exchange_fields(waiting));
    CHECK(late.status == 400);
    CHECK(json_of(late)["error"] == "invalid_grant");
    Fields others = with_field(fixture.exchange_fields(kept), "client_id", other_client);
    others = with_field(others, "redirect_uri", "https://other.example/cb");
    CHECK(fixture.post("/token", others).status == 200);
}

TEST_CASE("a client that wants nobody to be asked gets its code, or is told why not") {
    LoginFixture fixture;
    (void)fixture.new_tokens();
    const auto quiet = with_field(authorize_fields(fixture.client), "prompt", "none");
    CHECK(redirected(fixture.browser.get("/authorize", encoded(quiet))).find("code"));
    const std::string native = fixture.new_client("http://127.0.0.1/cb");
    const auto other =
        with_field(authorize_fields(native, "http://127.0.0.1:5000/cb"), "prompt", "none");
    CHECK(redirected(fixture.browser.get("/authorize", encoded(other))).value("error") ==
          "consent_required");
    TestBrowser stranger(fixture);
    CHECK(redirected(stranger.get("/authorize", encoded(other))).value("error") ==
          "login_required");
    CHECK(stranger.get("/authorize", encoded(quiet)).status == 400);
    // Of a client that only its document describes nobody knows where it may be answered.
    const auto unknown = with_field(quiet, "client_id", "https://doc.example/client.json");
    const auto refused = stranger.get("/authorize", encoded(unknown));
    CHECK(refused.status == 400);
    CHECK(has_part(refused.body, "login_required"));
    CHECK_FALSE(has_part(refused.body, "action=\"/login\""));
    CHECK(fixture.web->asked.empty());
}

TEST_CASE("a consent is asked for anew after half a year") {
    LoginFixture fixture;
    (void)fixture.new_tokens();
    fixture.now += kConsentLife;
    fixture.browser.get("/device");
    fixture.browser.log_in("ada", "long enough password");
    CHECK(fixture.browser.get("/authorize", encoded(authorize_fields(fixture.client))).status ==
          200);
}

TEST_CASE("over plain http no cookie logs anybody in: every port of the machine sees it") {
    LoginFixture fixture("http://127.0.0.1:8000");
    const std::string client = fixture.new_client("http://127.0.0.1/cb");
    const std::string query = encoded(authorize_fields(client, "http://127.0.0.1:5000/cb"));
    TestBrowser& browser = fixture.browser;
    CHECK_FALSE(browser.known);
    CHECK(has_part(browser.get("/authorize", query).body, "action=\"/login\""));
    const auto page = browser.log_in("ada", "long enough password");
    CHECK(page.status == 200);
    CHECK(has_part(page.body, "Let this application in?"));
    const std::string login = browser.field("login");
    CHECK(is_secret(SecretKind::login, login));
    CHECK_FALSE(has_part(*browser.cookie, login));
    // What the callback's port gets with the cookie opens nothing.
    TestBrowser program(fixture);
    program.cookie = browser.cookie;
    CHECK(has_part(program.get("/authorize", query).body, "action=\"/login\""));
    const Fields forged{
        {"form_token", program.field("form_token")}, {"request", query}, {"decision", "approve"}};
    CHECK(has_part(program.post("/authorize", forged).body, "action=\"/login\""));
    // The user's word ends the login.
    const Fields form{{"form_token", browser.field("form_token")},
                      {"request", browser.field("request")},
                      {"login", login},
                      {"decision", "approve"},
                      {"write", "yes"}};
    CHECK(redirected(browser.post("/authorize", form)).find("code"));
    CHECK(has_part(browser.post("/authorize", form).body, "action=\"/login\""));

    browser.get("/authorize", query);
    browser.log_in("ada", "long enough password");
    fixture.now += 600;
    CHECK(has_part(browser.decide("approve").body, "action=\"/login\""));
    browser.get("/authorize", query);
    browser.log_in("ada", "long enough password");
    CHECK(redirected(browser.decide("deny")).value("error") == "access_denied");
    CHECK(has_part(browser.decide("approve").body, "action=\"/login\""));
}

TEST_CASE("an old form, two origins or a page of another site do nothing") {
    LoginFixture fixture;
    fixture.browser.get("/authorize", encoded(authorize_fields(fixture.client)));
    const Fields form{{"form_token", fixture.browser.field("form_token")},
                      {"request", fixture.browser.field("request")},
                      {"decision", "approve"}};
    for (const char* site : {"cross-site", "same-site"}) {
        CAPTURE(site);
        fixture.browser.more = {{"Sec-Fetch-Site", site}};
        CHECK(fixture.browser.post("/authorize", form).status == 403);
    }
    fixture.browser.more = {{"Origin", fixture.origin}};
    CHECK(fixture.browser.post("/authorize", form).status == 403);
    fixture.browser.more = {{"Sec-Fetch-Site", "same-origin"}};
    CHECK(fixture.browser.post("/authorize", form).status == 303);
}

TEST_CASE("no page can be framed or run scripts") {
    LoginFixture fixture;
    TestBrowser stranger(fixture);
    const auto registered = authorize_fields(fixture.client);
    const HttpResponse pages[] = {
        stranger.get("/authorize", encoded(registered)),
        stranger.log_in("ada", "wrong password"),
        stranger.get("/authorize"),
        stranger.get("/setup"),
        fixture.browser.get("/authorize", encoded(registered)),
        fixture.browser.get("/authorize", encoded(with_field(registered, "response_type", "x"))),
        fixture.browser.get("/device"),
        fixture.browser.get("/device", "user_code=BBBBBBBB"),
    };
    for (const HttpResponse& page : pages) {
        CAPTURE(page.body);
        CHECK(field_of(page, "X-Frame-Options") == "DENY");
        const std::string policy = field_of(page, "Content-Security-Policy");
        CHECK(has_part(policy, "default-src 'none'"));
        CHECK(has_part(policy, "frame-ancestors 'none'"));
        CHECK(field_of(page, "Cache-Control") == "no-store");
        CHECK_FALSE(has_part(page.body, "<script"));
    }
}

TEST_CASE("a user logs in, consents, and the client gets a code, its state and the issuer") {
    LoginFixture fixture;
    TestBrowser stranger(fixture);
    auto answer = stranger.get("/authorize", encoded(authorize_fields(fixture.client)));
    CHECK(answer.status == 200);
    CHECK(has_part(answer.body, "action=\"/login\""));
    const auto before = stranger.cookie;
    answer = stranger.log_in("Ada", "long enough password");
    CHECK(answer.status == 303);
    CHECK(stranger.cookie != before);
    const std::string location = field_of(answer, "Location");
    REQUIRE(location.starts_with("/authorize?"));
    answer = stranger.get("/authorize", location.substr(location.find('?') + 1));
    CHECK(answer.status == 200);
    CHECK(has_part(answer.body, "app.example"));
    CHECK(has_part(answer.body, fixture.client));
    answer = stranger.decide("approve");
    const auto told = redirected(answer);
    CHECK(bm::is_secret(bm::SecretKind::authorization_code, told.value("code")));
    CHECK(told.value("state") == "a b&c");
    CHECK(told.value("iss") == "https://notes.example.com");
    CHECK(told.all().size() == 3);
    CHECK(field_of(answer, "Cache-Control") == "no-store");
}

TEST_CASE("pages cannot be framed, stored, scripted or read by others") {
    LoginFixture fixture;
    const auto answer =
        fixture.browser.get("/authorize", encoded(authorize_fields(fixture.client)));
    CHECK(field_of(answer, "Content-Security-Policy") ==
          "default-src 'none'; style-src 'self'; form-action 'self' https://app.example; "
          "frame-ancestors 'none'; base-uri 'none'");
    CHECK(field_of(answer, "X-Frame-Options") == "DENY");
    CHECK(field_of(answer, "Referrer-Policy") == "same-origin");
    CHECK(field_of(answer, "Cache-Control") == "no-store");
    CHECK(field_of(answer, "X-Content-Type-Options") == "nosniff");
    CHECK(field_of(answer, "Access-Control-Allow-Origin").empty());
    CHECK_FALSE(has_part(answer.body, "<script"));
    CHECK_FALSE(has_part(answer.body, "style="));
}

TEST_CASE("the cookie is bound to host and https, and has a plain name on the own machine") {
    ServerFixture server;
    const auto link = server.access->setup_link().value();
    auto set =
        field_of(server.send(get_request("/setup", link.substr(link.find('?') + 1))), "Set-Cookie");
    CHECK(set.starts_with("__Host-bm_login=bmls_"));
    for (const char* part : {"; Path=/", "; HttpOnly", "; SameSite=Lax", "; Secure"})
        CHECK(has_part(set, part));
    CHECK_FALSE(has_part(set, "Domain"));

    LoginFixture local("http://localhost:8000");
    CHECK(local.browser.cookie->starts_with("bm_login="));
    CHECK(has_part(local.browser.get("/authorize", encoded(authorize_fields(local.client))).body,
                   "action=\"/login\""));
    CHECK(has_part(local.browser.log_in("ada", "long enough password").body,
                   "action=\"/authorize\""));
}

TEST_CASE("a form of another site, without its token or with somebody else's does nothing") {
    LoginFixture fixture;
    fixture.browser.get("/authorize", encoded(authorize_fields(fixture.client)));
    const Fields form{{"form_token", fixture.browser.field("form_token")},
                      {"request", fixture.browser.field("request")},
                      {"decision", "approve"}};
    for (const char* origin : {"https://evil.example", "null", "https://notes.example.com.evil.com",
                               "http://notes.example.com"}) {
        CAPTURE(origin);
        fixture.browser.from = origin;
        CHECK(fixture.browser.post("/authorize", form).status == 403);
    }
    fixture.browser.from = fixture.origin;
    CHECK(fixture.browser.post("/authorize", without_field(form, "form_token")).status == 403);
    CHECK(fixture.browser.post("/authorize", with_field(form, "form_token", "x")).status == 403);
    TestBrowser other(fixture);
    other.get("/authorize", encoded(authorize_fields(fixture.client)));
    CHECK(fixture.browser
              .post("/authorize", with_field(form, "form_token", other.field("form_token")))
              .status == 403);
    CHECK(other.post("/authorize", form).status == 403);
    const auto mine = fixture.browser.cookie;
    fixture.browser.cookie = *mine + "; " + *other.cookie;
    CHECK(fixture.browser.post("/authorize", form).status == 403);
    fixture.browser.cookie = mine;
    fixture.browser.from = "";  // no browser, or an old one
    CHECK(fixture.browser.post("/authorize", form).status == 303);
}

TEST_CASE("a stranger's name is text, whatever it holds") {
    LoginFixture fixture;
    const std::string client =
        fixture.new_client("https://app.example/cb", "<script>alert(1)</script>\"' onload=x &amp;");
    const auto answer = fixture.browser.get("/authorize", encoded(authorize_fields(client)));
    CHECK(answer.status == 200);
    CHECK_FALSE(has_part(answer.body, "<script>"));
    CHECK(has_part(answer.body,
                   "&lt;script&gt;alert(1)&lt;/script&gt;&quot;&#39; onload=x &amp;amp;"));
    const std::string wicked = "\"><img src=x>";
    const auto hostile = fixture.browser.get(
        "/authorize", encoded(with_field(authorize_fields(client), "state", wicked)));
    CHECK_FALSE(has_part(hostile.body, "<img"));
    CHECK(redirected(fixture.browser.decide("approve")).value("state") == wicked);
}

TEST_CASE("the user can leave writing out, or say no") {
    LoginFixture fixture;
    const std::string code = fixture.new_code(authorize_fields(fixture.client), false);
    const auto tokens = json_of(fixture.post("/token", fixture.exchange_fields(code)));
    CHECK(tokens["scope"] == "notes:read");
    const auto caller = fixture.access->authorizer().authorize(
        bearer_request(tokens["access_token"].get<std::string>()));
    CHECK(std::get<bm::Principal>(caller).scope == bm::Scope::read);

    fixture.browser.get("/authorize", encoded(authorize_fields(fixture.client)));
    const auto told = redirected(fixture.browser.decide("deny"));
    CHECK(told.value("error") == "access_denied");
    CHECK(told.value("state") == "a b&c");
    CHECK_FALSE(told.find("code"));
}

TEST_CASE("a user cannot grant more than was asked") {
    LoginFixture fixture;
    const auto query = with_field(authorize_fields(fixture.client), "scope", "notes:read");
    const auto tokens =
        json_of(fixture.post("/token", fixture.exchange_fields(fixture.new_code(query, true))));
    CHECK(tokens["scope"] == "notes:read");
}

TEST_CASE("consent is remembered for a client, its redirect and what was granted, no further") {
    LoginFixture fixture;
    const auto asks = [&](const Fields& query) {
        return fixture.browser.get("/authorize", encoded(query)).status == 200;
    };
    const Fields query = with_field(authorize_fields(fixture.client), "scope", "notes:read");
    CHECK(asks(query));
    fixture.browser.decide("approve");
    CHECK_FALSE(asks(query));
    CHECK(asks(with_field(query, "scope", "notes:write")));
    CHECK(asks(with_field(query, "prompt", "consent")));
    CHECK(asks(with_field(query, "prompt", "login consent")));
    CHECK(asks(with_field(query, "prompt", "login")));
    CHECK(asks(authorize_fields(fixture.new_client())));

    const std::string local = fixture.new_client("http://127.0.0.1/cb");
    const Fields native = authorize_fields(local, "http://127.0.0.1:5123/cb");
    CHECK(asks(native));
    CHECK(has_part(fixture.browser.page(), "program on your own device"));
    fixture.browser.decide("approve");
    CHECK(asks(native));
}

TEST_CASE("a remembered consent works only for who is logged in") {
    LoginFixture fixture;
    (void)fixture.new_tokens();
    TestBrowser stranger(fixture);
    const auto answer = stranger.get("/authorize", encoded(authorize_fields(fixture.client)));
    CHECK(answer.status == 200);
    CHECK(has_part(answer.body, "action=\"/login\""));
    fixture.now += 2 * bm::kDay;
    const auto old = fixture.browser.get("/authorize", encoded(authorize_fields(fixture.client)));
    CHECK(has_part(old.body, "action=\"/login\""));
}

}  // namespace
}  // namespace bm::test
