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
    CHECK(field_of(sent(fixture, "DELETE", "/authorize"), "Allow") == "GET, POST");
    CHECK(field_of(sent(fixture, "GET", "/login"), "Allow") == "POST");
    CHECK(sent(fixture, "get", "/authorize").status == 405);
}

TEST_CASE("other paths are not ours") {
    ServerFixture fixture;
    for (const char* path :
         {"/", "/mcp", "/tokens", "/token/", "/Token", "/authorize/x",
          "/.well-known/openid-configuration", "/.well-known/oauth-protected-resource/other", ""}) {
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

TEST_CASE("keys that strangers choose take no memory without end") {
    Seconds now = 0;
    AccessLimits limits([&] { return Moment(std::chrono::seconds(now)); });
    int admitted = 0;
    for (int i = 0; i < 10'000; ++i)
        admitted += limits.admits(Limited::token_of_peer, std::to_string(i)) ? 1 : 0;
    CHECK(admitted == 4096);
    now = 3600;
    CHECK(limits.admits(Limited::token_of_peer, "late"));
}

}  // namespace
}  // namespace bm::test
