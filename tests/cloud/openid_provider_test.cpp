#include "cloud/openid_provider.hpp"

#include <doctest/doctest.h>

#include "tests/cloud/fake_http.hpp"

namespace bm {
namespace {

using test::FakeHttp;

constexpr const char* kHost = "https://notes.example";

std::string resource_of(const std::string& host, const std::string& issuer) {
    return R"({"resource":")" + host + R"(/mcp","authorization_servers":[")" + issuer + R"("]})";
}

std::string provider_of(const std::string& issuer, const std::string& endpoints) {
    return R"({"issuer":")" + issuer + R"(",)" + endpoints + "}";
}

constexpr const char* kEndpoints =
    R"("device_authorization_endpoint":"https://login.example/device","token_endpoint":"https://tokens.example/token")";

TEST_CASE("a host's provider is found through its metadata and the provider's") {
    for (const std::string& issuer :
         {std::string("https://login.example/realm"), std::string("https://login.example/")}) {
        FakeHttp http;
        http.answer(200, resource_of(kHost, issuer));
        http.answer(200, provider_of(issuer, kEndpoints));
        const auto found = find_openid_provider(http, kHost);
        REQUIRE(found);
        REQUIRE(*found);
        CHECK((*found)->device_endpoint == "https://login.example/device");
        CHECK((*found)->token_endpoint == "https://tokens.example/token");
        CHECK((*found)->resource == "https://notes.example/mcp");
        REQUIRE(http.calls.size() == 2);
        CHECK(http.calls[0].url ==
              "https://notes.example/.well-known/oauth-protected-resource/mcp");
        CHECK(http.calls[1].url == (*found)->issuer + "/.well-known/openid-configuration");
        for (const HttpCall& call : http.calls)
            CHECK(FakeHttp::header(call, "Authorization").empty());
    }
}

TEST_CASE("metadata of RFC 8414 does where there is no OpenID configuration") {
    FakeHttp http;
    http.answer(200, resource_of(kHost, "https://login.example/realm"));
    http.answer(404, "");
    http.answer(200, provider_of("https://login.example/realm", kEndpoints));
    const auto found = find_openid_provider(http, kHost);
    REQUIRE(found);
    CHECK(*found);
    CHECK(http.calls[2].url ==
          "https://login.example/.well-known/oauth-authorization-server/realm");
}

TEST_CASE("a host that logs in itself, or says nothing, is asked once and no further") {
    // Under another name than it calls itself by, too.
    for (const char* host : {kHost, "http://127.0.0.1:8080"}) {
        FakeHttp http;
        http.answer(200, resource_of(kHost, kHost));
        const auto found = find_openid_provider(http, host);
        REQUIRE(found);
        CHECK_FALSE(*found);
        CHECK(http.calls.size() == 1);
    }
    for (const char* body : {"", "[]", "{}", R"({"authorization_servers":[]})",
                             R"({"authorization_servers":[5]})", "<html>"}) {
        FakeHttp http;
        http.answer(200, body);
        const auto found = find_openid_provider(http, kHost);
        REQUIRE(found);
        CHECK_FALSE(*found);
    }
    FakeHttp away;
    away.fail();
    CHECK(find_openid_provider(away, kHost).value() == std::nullopt);
    FakeHttp older;
    older.answer(404, resource_of(kHost, "https://login.example"));
    CHECK(find_openid_provider(older, kHost).value() == std::nullopt);
}

TEST_CASE("a host gets no token that is for another one, whatever it says") {
    for (const char* other : {"https://victim.example", "https://notes.example.evil",
                              "https://notes.example@evil.example", ""}) {
        FakeHttp http;
        http.answer(200, resource_of(other, "https://login.example"));
        const auto found = find_openid_provider(http, kHost);
        REQUIRE_FALSE(found);
        CHECK(found.error().fault == CloudFault::not_authenticated);
        CHECK(http.calls.size() == 1);
    }
}

TEST_CASE("a provider that cannot be used is named") {
    const struct {
        const char* issuer;
        std::string document;
        const char* part;
    } cases[] = {
        {"http://login.example", "{}", "has no https"},
        {"https://login.example", provider_of("https://evil.example", kEndpoints),
         "no OpenID provider"},
        {"https://login.example",
         provider_of("https://login.example", R"("token_endpoint":"https://login.example/t")"),
         "no login by a device code"},
        {"https://login.example",
         provider_of(
             "https://login.example",
             R"("device_authorization_endpoint":"https://x/d","token_endpoint":"http://x/t")"),
         "no login by a device code"},
    };
    for (const auto& each : cases) {
        CAPTURE(each.document);
        FakeHttp http;
        http.answer(200, resource_of(kHost, each.issuer));
        http.answer(200, each.document);
        http.answer(404, "");
        const auto found = find_openid_provider(http, kHost);
        REQUIRE_FALSE(found);
        CHECK(found.error().message.find(each.part) != std::string::npos);
    }
}

}  // namespace
}  // namespace bm
