#include "access/client_metadata.hpp"

#include <doctest/doctest.h>

#include "tests/access/server_fixture.hpp"

namespace bm::test {
namespace {

constexpr const char* kId = "https://app.example/client.json";

std::string document(const std::string& more = "", const std::string& id = kId) {
    return R"({"client_id":")" + id +
           R"(","client_name":"Doc App","redirect_uris":["https://app.example/cb"])" + more + "}";
}

TEST_CASE("only plain https URLs with a path may describe a client") {
    for (const char* good :
         {kId, "https://claude.ai/oauth/claude-code-client-metadata",
          "https://vscode.dev/oauth/client-metadata.json", "https://app.example:8443/x"}) {
        CAPTURE(good);
        CHECK(is_document_url(good));
    }
    for (const char* bad :
         {"", "https://app.example", "https://app.example/", "http://app.example/x",
          "https://u@app.example/x", "https://app.example/x#y", "https://app.example/x?y",
          "https://app.example/a/../x", "https://app.example/./x", "https://app.example/%2e%2e/x",
          "HTTPS://app.example/x", "ftp://app.example/x", "https:///x"}) {
        CAPTURE(bad);
        CHECK_FALSE(is_document_url(bad));
    }
}

TEST_CASE("a document that is right describes a public client") {
    const auto client = client_of_document(
        kId, {200,
              "application/json; charset=utf-8",
              {},
              document(R"(,"grant_types":["authorization_code","refresh_token"])")});
    REQUIRE(client);
    CHECK(client->id == kId);
    CHECK(client->name == "Doc App");
    CHECK(client->auth == ClientAuth::none);
    CHECK(client->may_use(kRefreshGrant));
    CHECK(client_of_document(kId, {200, "application/cimd+json", {}, document()}));
}

TEST_CASE("documents that are refused") {
    const std::string long_name = R"(,"x":")" + std::string(6 * 1024, 'x') + "\"";
    const struct {
        WebAnswer answer;
        const char* why;
    } cases[] = {
        {{302, "application/json", {}, document()}, "status 302"},
        {{404, "application/json", {}, document()}, "status 404"},
        {{200, "text/html", {}, document()}, "application/json"},
        {{200, "", {}, document()}, "application/json"},
        {{200, "application/json", {}, "{"}, "no proper JSON"},
        {{200, "application/json", {}, document(long_name)}, "no proper JSON"},
        {{200, "application/json", {}, document(R"(,"client_id":"x")")}, "no proper JSON"},
        {{200, "application/json", {}, document("", "https://app.example/other.json")},
         "another client_id"},
        {{200, "application/json", {}, document(R"(,"client_secret":"x")")}, "client_secret"},
        {{200,
          "application/json",
          {},
          document(R"(,"token_endpoint_auth_method":"client_secret_post")")},
         "must be none"},
        {{200,
          "application/json",
          {},
          R"({"client_id":"https://app.example/client.json","redirect_uris":["https://a/cb"]})"},
         "no client_name"},
        {{200,
          "application/json",
          {},
          R"({"client_id":"https://app.example/client.json","client_name":"x"})"},
         "redirect_uris"},
        {{200,
          "application/json",
          {},
          R"({"client_id":"https://app.example/client.json","client_name":"x",
              "redirect_uris":["javascript:x"]})"},
         "redirect URI"},
    };
    for (const auto& each : cases) {
        CAPTURE(each.why);
        const auto client = client_of_document(kId, each.answer);
        REQUIRE_FALSE(client);
        CHECK(has_part(client.error().message, each.why));
    }
}

TEST_CASE("a document is kept as its headers say, between five minutes and a day") {
    const auto life = [](const char* header) {
        return document_life({200, "", std::string(header), ""});
    };
    CHECK(document_life({200, "", std::nullopt, ""}) == 5 * kMinute);
    CHECK(life("max-age=10") == 5 * kMinute);
    CHECK(life("public, Max-Age=3600") == kHour);
    CHECK(life("max-age=99999999") == kDay);
    CHECK(life("max-age=3600, no-cache") == 5 * kMinute);
    CHECK(life("no-store") == 5 * kMinute);
    CHECK(life("max-age=x") == 5 * kMinute);
    CHECK(life("max-age=-5") == 5 * kMinute);
}

TEST_CASE("a client that a document describes logs in, and the page names its host") {
    LoginFixture fixture;
    fixture.web->lay(kId, document(R"(,"grant_types":["authorization_code","refresh_token"])"));
    fixture.client = kId;
    const auto page = fixture.browser.get("/authorize", encoded(authorize_fields(kId)));
    CHECK(page.status == 200);
    CHECK(has_part(page.body, "Doc App"));
    CHECK(has_part(page.body, "<dd>app.example</dd>"));
    const Json tokens = fixture.new_tokens();
    CHECK(fixture.opens(tokens["access_token"]));
    CHECK(fixture.web->asked.size() == 1);
    // Its server may be down later: the login holds.
    fixture.web->answers.clear();
    fixture.now += kDay;
    CHECK(fixture.refresh(tokens["refresh_token"]).status == 200);
}

TEST_CASE("documents that cannot be had: no redirect, and no new attempt for a minute") {
    LoginFixture fixture;
    const auto ask = [&] {
        return fixture.browser.get("/authorize", encoded(authorize_fields(kId))).status;
    };
    CHECK(ask() == 503);
    CHECK(ask() == 503);
    CHECK(fixture.web->asked.size() == 1);
    fixture.web->answers.insert_or_assign(
        kId, fail(Fault::forbidden, "Its address is not one of the public Internet."));
    const std::string page = fixture.browser.page();
    fixture.now += 60;
    CHECK(ask() == 503);
    // Which of our neighbours there are is told to the log only.
    CHECK(fixture.browser.page() == page);
    CHECK(has_part(fixture.log.back(), "not one of the public Internet"));
    fixture.web->lay(kId, document());
    fixture.now += 59;
    CHECK(ask() == 503);
    fixture.now += 1;
    CHECK(ask() == 200);
    CHECK(fixture.web->asked.size() == 3);
}

TEST_CASE("hosts that are denied, and ids that are no documents, are never asked") {
    LoginFixture fixture;
    for (const char* id : {"https://denied.example/c", "https://sub.denied.example/c",
                           "https://app.example/", "https://app.example/a/../c"}) {
        CAPTURE(id);
        CHECK(fixture.browser.get("/authorize", encoded(authorize_fields(id))).status == 400);
    }
    CHECK(fixture.web->asked.empty());
    DocumentHosts hosts{{"good.example"}, {"bad.good.example"}};
    CHECK(hosts.admits("good.example"));
    CHECK(hosts.admits("a.good.example"));
    CHECK_FALSE(hosts.admits("notgood.example"));
    CHECK_FALSE(hosts.admits("bad.good.example"));
    CHECK_FALSE(hosts.admits("other.example"));
    DocumentHosts denied{{}, {"Denied.example"}};
    CHECK_FALSE(denied.admits("denied.example."));
    CHECK_FALSE(denied.admits("denied.example"));
    CHECK(denied.admits("fine.example."));
}

TEST_CASE("for a stranger's browser no document is fetched; whoever logs in sees the client") {
    LoginFixture fixture;
    fixture.web->lay(kId, document());
    TestBrowser stranger(fixture);
    for (int i = 0; i < 40; ++i) {
        const auto page = stranger.get(
            "/authorize", encoded(authorize_fields("https://x.example/c" + std::to_string(i))));
        CHECK(has_part(page.body, "action=\"/login\""));
    }
    CHECK(fixture.web->asked.empty());
    stranger.get("/authorize", encoded(authorize_fields(kId)));
    stranger.log_in("ada", "long enough password");
    CHECK(has_part(stranger.get("/authorize", encoded(authorize_fields(kId))).body, "Doc App"));
    CHECK(fixture.web->asked.size() == 1);
}

TEST_CASE("devices of strangers use up nobody else's documents") {
    LoginFixture fixture;
    fixture.web->lay(kId, document());
    for (int i = 0; i < 60; ++i) {
        auto request = ServerFixture::post_request(
            "/device_authorization",
            encoded({{"client_id", "https://x.example/c" + std::to_string(i)}}));
        request.peer = "198.51.100." + std::to_string(i / 6);
        (void)fixture.send(request);
    }
    CHECK(fixture.web->asked.size() == 30);
    CHECK(fixture.browser.get("/authorize", encoded(authorize_fields(kId))).status == 200);
}

TEST_CASE("a known document outlives those of strangers, and a server that is down for a day") {
    LoginFixture fixture;
    fixture.web->lay(kId, document());
    const auto ask = [&](const std::string& id) {
        return fixture.browser.get("/authorize", encoded(authorize_fields(id))).status;
    };
    CHECK(ask(kId) == 200);
    fixture.web->answers.clear();
    for (int i = 0; i < 300; ++i) {
        if (i % 30 == 0) fixture.now += 60;
        (void)ask("https://z.example/c" + std::to_string(i));
        REQUIRE(ask(kId) == 200);
    }
    fixture.now += kHour;
    CHECK(ask(kId) == 200);
    fixture.now += kDay;
    fixture.browser.get("/device");
    fixture.browser.log_in("ada", "long enough password");
    CHECK(ask(kId) == 503);
}

TEST_CASE("strangers cannot make us call the whole Web") {
    LoginFixture fixture;
    for (int i = 0; i < 40; ++i) {
        (void)fixture.browser.get(
            "/authorize", encoded(authorize_fields("https://app.example/c" + std::to_string(i))));
    }
    CHECK(fixture.web->asked.size() == 30);
}

}  // namespace
}  // namespace bm::test
