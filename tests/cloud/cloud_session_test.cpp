#include "cloud/cloud_session.hpp"

#include <doctest/doctest.h>
#include <sys/stat.h>

#include "tests/cloud/fake_http.hpp"
#include "tests/support/temporary_folder.hpp"

namespace bm {
namespace {

using test::FakeHttp;

constexpr std::int64_t kNow = 1'800'000'000;

struct Fixture {
    test::TemporaryFolder folder;
    FakeHttp http;
    TokenFile tokens{folder.path() / "data" / "basic-memory-cloud.json"};
    std::vector<std::chrono::milliseconds> pauses;
    CloudAddress address{.host = "https://host.example",
                         .domain = "https://login.example",
                         .client_id = "me",
                         .api = "https://host.example/proxy"};

    CloudSession session() {
        return CloudSession({.address = address,
                             .tokens = tokens,
                             .http = http,
                             .clock = [] { return Timestamp(std::chrono::seconds(kNow)); },
                             .sleep = [this](auto pause) { pauses.push_back(pause); }});
    }
    void log_in(std::int64_t expires_at) {
        REQUIRE(tokens.save(
            {.access_token = "old", .refresh_token = "again", .expires_at = expires_at}));
    }
};

TEST_CASE("4.1.3: the token file is its owner's alone, and nonsense in it means logged out") {
    Fixture f;
    CHECK_FALSE(f.tokens.load());
    const CloudTokens tokens{.access_token = "a", .refresh_token = "b", .expires_at = 12345};
    REQUIRE(f.tokens.save(tokens));
    CHECK(f.tokens.load() == tokens);
    struct stat seen {};
    REQUIRE(::stat(f.tokens.path().c_str(), &seen) == 0);
    CHECK((seen.st_mode & 0777U) == 0600U);
    for (const char* text :
         {"", "{", "[]", "{\"access_token\": 5}", "{\"refresh_token\": \"x\"}"}) {
        f.folder.write("data/basic-memory-cloud.json", text);
        CHECK_FALSE(f.tokens.load());
    }
    f.folder.write("data/basic-memory-cloud.json",
                   "{\"access_token\": \"a\", \"expires_at\": 12.75}");
    CHECK(f.tokens.load()->expires_at == 12);
    CHECK(f.tokens.remove() == true);
    CHECK(f.tokens.remove() == false);
}

TEST_CASE("4.1.3: a token is good until a minute before its end") {
    const CloudTokens tokens{.access_token = "a", .refresh_token = "", .expires_at = 1000};
    CHECK(tokens.is_valid(939));
    CHECK_FALSE(tokens.is_valid(940));
}

TEST_CASE("9-402: a token that has ended is renewed before the call, and kept") {
    Fixture f;
    f.log_in(kNow - 5);
    f.http.answer(200, R"({"access_token":"new","refresh_token":"next","expires_in":600})");
    f.http.answer(200, "{}");
    auto session = f.session();
    REQUIRE(session.send({.url = "https://host.example/x"}));
    REQUIRE(f.http.calls.size() == 2);
    CHECK(f.http.calls[0].url == "https://login.example/oauth2/token");
    CHECK(f.http.calls[0].body == "client_id=me&grant_type=refresh_token&refresh_token=again");
    CHECK(FakeHttp::header(f.http.calls[1], "Authorization") == "Bearer new");
    CHECK(FakeHttp::header(f.http.calls[1], "Accept-Encoding") == "identity");
    CHECK(f.tokens.load() == CloudTokens{"new", "next", kNow + 600, "Bearer",
                                         "https://login.example", "https://host.example"});
}

TEST_CASE("tokens of another host or issuer are shown to nobody") {
    Fixture f;
    CloudTokens tokens{.access_token = "old", .refresh_token = "again", .expires_at = kNow + 1000};
    tokens.issuer = f.address.domain;
    tokens.host = f.address.host;
    REQUIRE(f.tokens.save(tokens));
    CHECK(f.tokens.load() == tokens);
    CHECK(f.session().bearer() == "old");
    SUBCASE("another host") { f.address.host = "https://other.example"; }
    SUBCASE("another issuer") { f.address.domain = "https://other.example"; }
    auto session = f.session();
    CHECK(session.bearer().error().fault == CloudFault::not_authenticated);
    CHECK(session.renewed_bearer("old").error().fault == CloudFault::not_authenticated);
    CHECK(session.send({.url = "https://other.example/x"}).error().fault ==
          CloudFault::not_authenticated);
    CHECK(f.http.calls.empty());
    CHECK(f.tokens.load() == tokens);
}

TEST_CASE("what a provider has issued is renewed there, and nowhere else") {
    Fixture f;
    CloudTokens tokens{.access_token = "old", .refresh_token = "again", .expires_at = kNow - 5};
    tokens.issuer = f.address.domain;
    tokens.host = f.address.host;
    tokens.token_endpoint = "https://tokens.example/t";
    REQUIRE(f.tokens.save(tokens));
    CHECK(f.tokens.load() == tokens);
    f.http.answer(200, R"({"access_token":"new","expires_in":600})");
    auto session = f.session();
    CHECK(session.bearer() == "new");
    CHECK(f.http.calls.at(0).url == "https://tokens.example/t");
    CHECK(f.tokens.load()->token_endpoint == "https://tokens.example/t");
    // The settings name another issuer by now: the tokens stay here.
    f.address.domain = "https://host.example";
    auto other = f.session();
    CHECK_FALSE(other.bearer());
    CHECK(f.http.calls.size() == 1);
    // A file that does not say whose tokens it holds says not where they go, either.
    f.folder.write("data/basic-memory-cloud.json",
                   R"({"access_token":"a","refresh_token":"b","token_endpoint":"https://evil"})");
    CHECK(f.tokens.load()->token_endpoint.empty());
}

TEST_CASE("4.1.2: without a new refresh token the old one stays") {
    Fixture f;
    f.log_in(kNow - 5);
    f.http.answer(200, R"({"access_token":"new"})");
    auto session = f.session();
    CHECK(session.bearer() == "new");
    CHECK(f.tokens.load() == CloudTokens{"new", "again", kNow + 3600, "Bearer",
                                         "https://login.example", "https://host.example"});
}

TEST_CASE("4.1.2: what another process has renewed is taken without renewing again") {
    Fixture f;
    f.log_in(kNow + 1000);
    auto session = f.session();
    CHECK(session.bearer() == "old");
    REQUIRE(
        f.tokens.save({.access_token = "theirs", .refresh_token = "r", .expires_at = kNow + 1000}));
    CHECK(session.renewed_bearer("old") == "theirs");
    CHECK(f.http.calls.empty());
}

TEST_CASE("4.2: a refused token is renewed once and the call repeated once") {
    Fixture f;
    f.log_in(kNow + 1000);
    auto session = f.session();
    f.http.answer(401, "");
    f.http.answer(200, R"({"access_token":"new"})");
    f.http.answer(200, "fine");
    const auto answer = session.send({.method = "POST", .url = "https://host.example/x"});
    REQUIRE(answer);
    CHECK(answer->body == "fine");
    CHECK(FakeHttp::header(f.http.calls[2], "Authorization") == "Bearer new");

    f.http.answer(401, "");
    f.http.answer(400, R"({"error":"invalid_grant"})");
    const auto refused = session.send({.url = "https://host.example/x"});
    REQUIRE_FALSE(refused);
    CHECK(refused.error() == not_authenticated());
    CHECK(refused.error().message == "Not authenticated. Please run 'bm cloud login' first.");
}

TEST_CASE("9-422: nobody logged in, and no call is made") {
    Fixture f;
    auto session = f.session();
    const auto answer = session.send({.url = "https://host.example/x"});
    REQUIRE_FALSE(answer);
    CHECK(answer.error().fault == CloudFault::not_authenticated);
    CHECK(f.http.calls.empty());
}

TEST_CASE("a key of the user wins over tokens") {
    Fixture f;
    f.address.api_key = "bmc_key";
    auto session = f.session();
    f.http.answer(401, "");
    CHECK_FALSE(session.send({.url = "https://host.example/x"}));
    REQUIRE(f.http.calls.size() == 1);
    CHECK(FakeHttp::header(f.http.calls[0], "Authorization") == "Bearer bmc_key");
}

TEST_CASE("4.2: reading calls are patient with a tired server, writing ones are not") {
    using std::chrono::milliseconds;
    Fixture f;
    f.log_in(kNow + 1000);
    auto session = f.session();
    f.http.answer(502, "");
    f.http.fail();
    f.http.answer(200, "at last");
    CHECK(session.send({.url = "https://host.example/x"})->body == "at last");
    CHECK(f.pauses == std::vector{milliseconds(1'000), milliseconds(3'000)});

    f.http.answer(503, "no");
    CHECK(session.send({.method = "POST", .url = "https://host.example/x"})->status == 503);
    CHECK(f.http.calls.size() == 4);
}

TEST_CASE("4.2: a host that wants a subscription says where, nested or not") {
    Fixture f;
    f.log_in(kNow + 1000);
    auto session = f.session();
    f.http.answer(
        403,
        R"({"detail":{"error":"subscription_required","message":"Pay.","subscribe_url":"https://s"}})");
    const auto nested = session.send({.url = "https://host.example/x"});
    REQUIRE_FALSE(nested);
    CHECK(nested.error() ==
          CloudFailure{CloudFault::subscription_required, "Pay.", "Subscribe at: https://s"});
    f.http.answer(403, R"({"error":"subscription_required"})");
    CHECK(session.send({.url = "https://host.example/x"}).error().hint ==
          "Subscribe at: https://basicmemory.com/subscribe");
    f.http.answer(403, R"({"detail":"not yours"})");
    CHECK(session.send({.url = "https://host.example/x"})->status == 403);
}

TEST_CASE("what a host says went wrong is found in each of its shapes") {
    const auto detail = [](std::string body) { return detail_of({422, {}, std::move(body)}); };
    CHECK(detail(R"({"detail":"Project 'x' not found."})") == "Project 'x' not found.");
    CHECK(detail(R"({"detail":[{"type":"missing","loc":["body"],"msg":"Field required"}]})") ==
          "Field required");
    CHECK(detail(R"({"error":"invalid_grant","error_description":"Too old."})") == "Too old.");
    CHECK(detail("<html>Bad gateway</html>\n") == "<html>Bad gateway</html>");
    CHECK(detail(std::string(1000, 'x')).size() == 300);
    CHECK(api_failure({404, {}, R"({"detail":"gone"})"}).message == "API request failed: 404 gone");
    CHECK(api_failure({500, {}, ""}).message == "API request failed: 500");
    // A host that gives a reason is there.
    CHECK(api_failure({503, {}, R"({"detail":"It is being removed."})"}).fault ==
          CloudFault::internal);
    for (const char* body : {"", "<html>Bad gateway</html>", R"({"error":"down"})"})
        CHECK(api_failure({503, {}, body}).fault == CloudFault::network);
}

}  // namespace
}  // namespace bm
