#include "cloud/device_login.hpp"

#include <doctest/doctest.h>

#include "repository/crypto.hpp"
#include "tests/cloud/fake_http.hpp"

namespace bm {
namespace {

using std::chrono::seconds;
using test::FakeHttp;

struct Fixture {
    FakeHttp http;
    CloudAddress address{.host = "https://h", .domain = "https://d", .client_id = "me", .api = "x"};
    std::int64_t now = 1'800'000'000;
    std::vector<std::int64_t> waits;
    std::vector<DevicePrompt> prompts;
    std::optional<OpenIdProvider> provider;

    CloudResult<CloudTokens> run() {
        return DeviceLogin({.address = address,
                            .http = http,
                            .clock = [this] { return Timestamp(seconds(now)); },
                            .sleep =
                                [this](seconds pause) {
                                    waits.push_back(pause.count());
                                    now += pause.count();
                                },
                            .show = [this](const DevicePrompt& p) { prompts.push_back(p); },
                            .provider = provider})
            .run();
    }
    void offer(const char* more = "") {
        http.answer(200, std::string(R"({"device_code":"dc","user_code":"WDJB-MJHT",)"
                                     R"("verification_uri":"https://d/device")") +
                             more + "}");
    }
};

std::string field(const std::string& form, const std::string& name) {
    const std::size_t at = ('&' + form).find('&' + name + '=');
    if (at == std::string::npos) return "missing";
    const std::size_t begin = at + name.size() + 1;
    return form.substr(begin, form.find('&', begin) - begin);
}

TEST_CASE("9-434 9-435 9-436: the login sends S256 of the verifier that polling shows") {
    Fixture f;
    f.offer(
        R"(,"verification_uri_complete":"https://d/device?user_code=X","expires_in":600,"interval":5)");
    f.http.answer(400, R"({"error":"authorization_pending"})");
    f.http.answer(200, R"({"access_token":"at","refresh_token":"rt","expires_in":3600})");
    const auto tokens = f.run();
    REQUIRE(tokens);
    CHECK(*tokens == CloudTokens{"at", "rt", f.now + 3600, "Bearer"});
    REQUIRE(f.http.calls.size() == 3);
    CHECK(f.http.calls[0].url == "https://d/oauth2/device_authorization");
    CHECK(field(f.http.calls[0].body, "scope") == "openid%20profile%20email%20offline_access");
    CHECK(field(f.http.calls[0].body, "code_challenge_method") == "S256");
    CHECK(field(f.http.calls[0].body, "resource") == "missing");
    const std::string verifier = field(f.http.calls[1].body, "code_verifier");
    CHECK(verifier.size() == 43);
    CHECK(field(f.http.calls[0].body, "code_challenge") == base64url(secret_digest(verifier)));
    CHECK(field(f.http.calls[1].body, "grant_type") ==
          "urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Adevice_code");
    CHECK(field(f.http.calls[2].body, "device_code") == "dc");
    CHECK(f.waits == std::vector<std::int64_t>{5, 5});
    REQUIRE(f.prompts.size() == 1);
    CHECK(f.prompts[0].user_code == "WDJB-MJHT");
    CHECK(f.prompts[0].complete_address == "https://d/device?user_code=X");
}

TEST_CASE("a provider's own endpoints are asked, for a token of that host and its notes") {
    Fixture f;
    f.provider = {"https://p", "https://p/dev", "https://q/tok", "https://h/mcp"};
    f.offer();
    f.http.answer(200, R"({"access_token":"at"})");
    REQUIRE(f.run());
    CHECK(f.http.calls[0].url == "https://p/dev");
    CHECK(f.http.calls[1].url == "https://q/tok");
    CHECK(field(f.http.calls[0].body, "scope") ==
          "openid%20offline_access%20notes%3Aread%20notes%3Awrite");
    for (const HttpCall& call : f.http.calls)
        CHECK(field(call.body, "resource") == "https%3A%2F%2Fh%2Fmcp");
}

TEST_CASE("4.1.1: each answer while polling means what it says") {
    struct Case {
        const char* body;
        const char* message;
    };
    for (const auto& [body, message] :
         {Case{R"({"error":"access_denied"})", "Authentication was denied by user"},
          Case{R"({"error":"expired_token"})", "Device code has expired. Please try again."},
          Case{R"({"error":"invalid_grant"})", "Token polling error: invalid_grant"},
          Case{"oops", "Token polling error: 400"}}) {
        Fixture f;
        f.offer();
        f.http.answer(400, body);
        const auto tokens = f.run();
        REQUIRE_FALSE(tokens);
        CHECK(tokens.error().message == message);
        CHECK(tokens.error().fault == CloudFault::not_authenticated);
    }
}

TEST_CASE("4.1.1: slow_down slows down, and a broken connection counts as one poll") {
    Fixture f;
    f.offer(R"(,"interval":2)");
    f.http.answer(400, R"({"error":"slow_down"})");
    f.http.fail();
    f.http.answer(502, "");
    f.http.answer(200, R"({"access_token":"at"})");
    CHECK(f.run());
    CHECK(f.waits == std::vector<std::int64_t>{2, 7, 7, 7});
}

TEST_CASE("4.1.1: polling ends after 60 tries, and when the code does") {
    Fixture f;
    f.offer(R"(,"expires_in":7200)");
    for (int i = 0; i < 70; ++i) f.http.answer(400, R"({"error":"authorization_pending"})");
    CHECK(f.run().error().message == "Authentication timeout. Please try again.");
    CHECK(f.http.calls.size() == 61);

    Fixture short_one;
    short_one.offer(R"(,"expires_in":12)");
    for (int i = 0; i < 70; ++i) short_one.http.answer(400, R"({"error":"authorization_pending"})");
    CHECK(short_one.run().error().message == "Authentication timeout. Please try again.");
    CHECK(short_one.http.calls.size() == 4);
}

TEST_CASE("4.1.1: a server that gives no code is quoted") {
    Fixture f;
    f.http.answer(404, R"({"detail":"no such page"})");
    CHECK(f.run().error().message == "Device authorization failed: 404 - no such page");
    CHECK(f.prompts.empty());
}

}  // namespace
}  // namespace bm
