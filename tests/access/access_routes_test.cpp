#include <filesystem>

#include <doctest/doctest.h>

#include "access/access_limits.hpp"
#include "tests/access/server_fixture.hpp"

namespace bm::test {
namespace {

HttpResponse sent(ServerFixture& fixture, const std::string& method, const std::string& path) {
    HttpRequest request = get_request(path);
    request.method = method;
    request.fields.add("Origin", "https://inspector.example");
    request.fields.add("Access-Control-Request-Method", "POST");
    return fixture.send(request);
}

TEST_CASE("scripts of every origin may call what carries no authority of the browser") {
    ServerFixture fixture;
    for (const char* path :
         {"/.well-known/oauth-protected-resource", "/.well-known/oauth-protected-resource/mcp",
          "/.well-known/oauth-authorization-server", "/.well-known/oauth-authorization-server/mcp",
          "/token", "/register", "/revoke", "/device_authorization"}) {
        CAPTURE(path);
        const auto answer = sent(fixture, "OPTIONS", path);
        CHECK(answer.status == 204);
        CHECK(field_of(answer, "Access-Control-Allow-Origin") == "*");
        CHECK(has_part(field_of(answer, "Access-Control-Allow-Headers"), "MCP-Protocol-Version"));
        CHECK(has_part(field_of(answer, "Access-Control-Allow-Headers"), "Authorization"));
        CHECK(field_of(answer, "Access-Control-Max-Age") == "600");
        CHECK(field_of(answer, "Access-Control-Allow-Credentials").empty());
        for (const char* method : {"GET", "POST", "DELETE"}) {
            CAPTURE(method);
            const auto other = sent(fixture, method, path);
            CHECK(field_of(other, "Access-Control-Allow-Origin") == "*");
            CHECK(other.fields.count("Access-Control-Allow-Origin") == 1);
        }
    }
}

TEST_CASE("pages are for nobody's scripts") {
    ServerFixture fixture;
    for (const char* path : {"/authorize", "/login", "/setup", "/device"}) {
        CAPTURE(path);
        const auto answer = sent(fixture, "OPTIONS", path);
        CHECK(answer.status == 405);
        CHECK_FALSE(field_of(answer, "Allow").empty());
        CHECK(field_of(sent(fixture, "POST", path), "Access-Control-Allow-Origin").empty());
    }
}

TEST_CASE("a method that a path does not know is named with those that it does") {
    ServerFixture fixture;
    CHECK(field_of(sent(fixture, "GET", "/token"), "Allow") == "POST, OPTIONS");
    CHECK(field_of(sent(fixture, "DELETE", "/authorize"), "Allow") == "GET, HEAD, POST");
    CHECK(field_of(sent(fixture, "GET", "/login"), "Allow") == "POST");
    CHECK(sent(fixture, "get", "/authorize").status == 405);
}

TEST_CASE("other paths are not ours") {
    ServerFixture fixture;
    for (const char* path :
         {"/", "/mcp", "/tokens", "/token/", "/Token", "/authorize/x",
          "/.well-known/openid-configuration", "/.well-known/oauth-protected-resource/other",
          "/.well-known/oauth-protected-resource/mcp//", ""}) {
        CAPTURE(path);
        CHECK_FALSE(fixture.access->handler().handle(get_request(path)));
    }
}

TEST_CASE("the stylesheet is there, and pages need nothing else") {
    ServerFixture fixture;
    const auto style = fixture.get("/access.css");
    CHECK(style.status == 200);
    CHECK(field_of(style, "Content-Type") == "text/css; charset=utf-8");
    CHECK(has_part(style.body, "prefers-color-scheme: dark"));
    CHECK_FALSE(has_part(style.body, "url("));
}

TEST_CASE("an unusable public URL is an error in words") {
    TemporaryFolder folder;
    AccessOptions options;
    options.file = folder.path() / "access.db";
    options.public_url = "http://notes.example.com";
    const auto access = Access::open(std::move(options));
    REQUIRE_FALSE(access);
    CHECK(has_part(access.error().message, "https://"));
}

TEST_CASE("limits are kept for each key and kind, and end") {
    Seconds now = 0;
    AccessLimits limits([&] { return Moment(std::chrono::seconds(now)); });
    for (int i = 0; i < 5; ++i) CHECK(limits.admits(Limited::user_code_of_account, "ada"));
    CHECK_FALSE(limits.admits(Limited::user_code_of_account, "ada"));
    CHECK(limits.admits(Limited::user_code_of_account, "eve"));
    CHECK(limits.admits(Limited::login_of_account, "ada"));
    now = 60;
    CHECK(limits.admits(Limited::user_code_of_account, "ada"));
}

TEST_CASE("keys that strangers choose take no memory without end and shut nobody out") {
    Seconds now = 0;
    AccessLimits limits([&] { return Moment(std::chrono::seconds(now)); });
    for (int i = 0; i < 5; ++i) (void)limits.admits(Limited::user_code_of_account, "ada");
    int admitted = 0;
    for (int i = 0; i < 10'000; ++i)
        admitted += limits.admits(Limited::token_of_peer, std::to_string(i)) ? 1 : 0;
    CHECK(admitted == 10'000);
    // Another kind has a table of its own, and who comes again is not forgotten.
    CHECK_FALSE(limits.admits(Limited::user_code_of_account, "ada"));
    for (int i = 0; i < 600; ++i) (void)limits.admits(Limited::token_of_peer, "busy");
    for (int i = 0; i < 4'095; ++i) (void)limits.admits(Limited::token_of_peer, std::to_string(i));
    CHECK_FALSE(limits.admits(Limited::token_of_peer, "busy"));
    for (int i = 0; i < 4'096; ++i) (void)limits.admits(Limited::token_of_peer, std::to_string(i));
    CHECK(limits.admits(Limited::token_of_peer, "busy"));
}

TEST_CASE("what is given back does not count") {
    AccessLimits limits([] { return Moment(); });
    for (int i = 0; i < 100; ++i) {
        REQUIRE(limits.admits(Limited::user_code_of_account, "ada"));
        limits.give_back(Limited::user_code_of_account, "ada");
    }
    limits.give_back(Limited::user_code_of_account, "nobody");
    CHECK(limits.admits(Limited::user_code_of_account, "ada"));
}

TEST_CASE("a machine has a whole network of IPv6, and is one peer") {
    CHECK(peer_key("192.0.2.1") == "192.0.2.1");
    CHECK(peer_key("2001:db8:1:2:3:4:5:6") == "2001:db8:1:2::/64");
    CHECK(peer_key("2001:db8:1:2::9") == "2001:db8:1:2::/64");
    CHECK(peer_key("2001:db8:1:3::9") != "2001:db8:1:2::/64");
    CHECK(peer_key("::ffff:192.0.2.1") != peer_key("::ffff:192.0.2.2"));
    CHECK(peer_key("a:b") == "a:b");
}

TEST_CASE("the metadata is JSON at all of its paths") {
    ServerFixture fixture;
    for (const char* path :
         {"/.well-known/oauth-protected-resource", "/.well-known/oauth-protected-resource/mcp",
          "/.well-known/oauth-authorization-server", "/.well-known/oauth-authorization-server/mcp",
          // Who puts it before an endpoint that was typed with a slash.
          "/.well-known/oauth-protected-resource/mcp/", "/.well-known/oauth-protected-resource/",
          "/.well-known/oauth-authorization-server/mcp/"}) {
        CAPTURE(path);
        const auto answer = fixture.get(path);
        CHECK(answer.status == 200);
        CHECK(field_of(answer, "Content-Type") == "application/json");
        CHECK(json_of(answer).is_object());
        HttpRequest head = get_request(path);
        head.method = "HEAD";
        CHECK(fixture.send(head).status == 200);
        CHECK(fixture.send(head).body.empty());
    }
}

TEST_CASE("trouble with the file is an answer, and over when the file is there again") {
    LoginFixture fixture;
    const Json tokens = fixture.new_tokens();
    const auto file = fixture.folder.path() / "access.db";
    const auto aside = fixture.folder.path() / "aside.db";
    std::filesystem::rename(file, aside);
    for (const char* path : {"/token", "/register", "/revoke", "/device_authorization"}) {
        CAPTURE(path);
        HttpRequest request = ServerFixture::post_request(
            path, "client_id=bm-cli&token=bmat_x&grant_type=refresh_token&refresh_token=x");
        if (std::string_view(path) == "/register") {
            request.fields = {};
            request.fields.add("Content-Type", "application/json");
            request.body = R"({"redirect_uris":["https://a/cb"]})";
        }
        const auto answer = fixture.send(request);
        // What needs no file is answered without it.
        if (answer.status == 400) continue;
        CHECK(answer.status == 503);
        CHECK(json_of(answer)["error"] == "temporarily_unavailable");
        CHECK(field_of(answer, "Retry-After") == "10");
        CHECK(field_of(answer, "Access-Control-Allow-Origin") == "*");
    }
    CHECK(fixture.refresh(tokens["refresh_token"]).status == 503);
    for (const char* path : {"/authorize", "/device"}) {
        CAPTURE(path);
        const auto answer = fixture.browser.get(path, encoded(authorize_fields(fixture.client)));
        CHECK(answer.status == 503);
        CHECK_FALSE(field_of(answer, "Retry-After").empty());
        CHECK_FALSE(has_part(answer.body, "access.db"));
    }
    const auto denied = fixture.access->authorizer().authorize(
        bearer_request(tokens["access_token"].get<std::string>()));
    REQUIRE(std::holds_alternative<HttpResponse>(denied));
    CHECK(std::get<HttpResponse>(denied).status == 503);
    std::filesystem::rename(aside, file);
    CHECK(fixture.opens(tokens["access_token"]));
    CHECK(fixture.refresh(tokens["refresh_token"]).status == 200);
}

}  // namespace
}  // namespace bm::test
