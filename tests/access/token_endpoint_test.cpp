#include <algorithm>
#include <atomic>
#include <thread>
#include <vector>

#include <doctest/doctest.h>

#include "access/secret.hpp"
#include "access/token_grants.hpp"
#include "tests/access/server_fixture.hpp"

namespace bm::test {
namespace {

std::string error_of(const bm::HttpResponse& answer) { return json_of(answer).value("error", ""); }

TEST_CASE("a code becomes tokens that open the endpoint") {
    LoginFixture fixture;
    const auto answer = fixture.post("/token", fixture.exchange_fields(fixture.new_code()));
    CHECK(answer.status == 200);
    CHECK(field_of(answer, "Cache-Control") == "no-store");
    CHECK(field_of(answer, "Content-Type") == "application/json");
    const auto tokens = json_of(answer);
    CHECK(tokens["token_type"] == "Bearer");
    CHECK(tokens["expires_in"] == 3600);
    CHECK(tokens["scope"] == "notes:read notes:write");
    CHECK(bm::is_secret(bm::SecretKind::refresh_token, tokens["refresh_token"].get<std::string>()));
    CHECK(fixture.opens(tokens["access_token"]));
    CHECK_FALSE(fixture.opens(tokens["refresh_token"]));
    fixture.now += 3600;
    CHECK_FALSE(fixture.opens(tokens["access_token"]));
}

TEST_CASE("a principal stays the same over refreshes and logins of one user with one client") {
    LoginFixture fixture;
    const auto principal = [&](const bm::Json& tokens) {
        return std::get<bm::Principal>(fixture.access->authorizer().authorize(bearer_request(
                                           tokens["access_token"].get<std::string>())))
            .id;
    };
    const auto first = fixture.new_tokens();
    const auto second = json_of(fixture.refresh(first["refresh_token"]));
    CHECK(principal(first) == principal(second));
    CHECK(principal(first) == principal(fixture.new_tokens()));
    fixture.client = fixture.new_client();
    CHECK(principal(first) != principal(fixture.new_tokens()));
}

TEST_CASE("a code that comes again revokes all that it gave") {
    LoginFixture fixture;
    const std::string code = fixture.new_code();
    const auto tokens = json_of(fixture.post("/token", fixture.exchange_fields(code)));
    const auto again = fixture.post("/token", fixture.exchange_fields(code));
    CHECK(again.status == 400);
    CHECK(error_of(again) == "invalid_grant");
    CHECK_FALSE(fixture.opens(tokens["access_token"]));
    CHECK(error_of(fixture.refresh(tokens["refresh_token"])) == "invalid_grant");
    for (const auto& line : fixture.log) CHECK_FALSE(has_part(line, code));
}

TEST_CASE("a code is bound to its client, redirect, challenge, resource and minute") {
    LoginFixture fixture;
    const std::string other = fixture.new_client();
    const struct {
        const char* name;
        std::string value;
        const char* error;
    } cases[] = {
        {"code_verifier", std::string(43, 'x'), "invalid_grant"},
        {"code_verifier", std::string(42, 'x'), "invalid_grant"},
        {"code_verifier", kChallenge, "invalid_grant"},
        {"client_id", other, "invalid_grant"},
        {"redirect_uri", "https://app.example/other", "invalid_grant"},
        {"resource", "https://other.example/mcp", "invalid_target"},
        {"code", bm::new_secret(bm::SecretKind::authorization_code), "invalid_grant"},
        {"code", "x", "invalid_grant"},
        {"grant_type", "password", "unsupported_grant_type"},
        {"grant_type", "", "invalid_request"},
        {"code", "", "invalid_request"},
        {"code_verifier", "", "invalid_request"},
    };
    for (const auto& each : cases) {
        CAPTURE(each.name);
        CAPTURE(each.value);
        const auto good = fixture.exchange_fields(fixture.new_code());
        const auto answer = fixture.post("/token", with_field(good, each.name, each.value));
        CHECK(answer.status == 400);
        CHECK(error_of(answer) == each.error);
        CHECK(field_of(answer, "Cache-Control") == "no-store");
    }
    const auto late = fixture.exchange_fields(fixture.new_code());
    fixture.now += 60;
    CHECK(error_of(fixture.post("/token", late)) == "invalid_grant");
    const auto silent = without_field(fixture.exchange_fields(fixture.new_code()), "redirect_uri");
    CHECK(fixture.post("/token", silent).status == 200);
    const auto named = with_field(fixture.exchange_fields(fixture.new_code()), "resource",
                                  "https://notes.example.com/mcp");
    CHECK(fixture.post("/token", named).status == 200);
}

TEST_CASE("unknown parameters are ignored, repeated ones are a fault") {
    LoginFixture fixture;
    const auto good = fixture.exchange_fields(fixture.new_code());
    const auto twice = fixture.send(
        ServerFixture::post_request("/token", encoded(good) + "&code_verifier=" + kVerifier));
    CHECK(twice.status == 400);
    CHECK(error_of(twice) == "invalid_request");
    CHECK(fixture.post("/token", with_field(good, "audience", "x")).status == 200);
    bm::HttpRequest json = ServerFixture::post_request("/token", "{}");
    json.fields = {};
    json.fields.add("Content-Type", "application/json");
    CHECK(error_of(fixture.send(json)) == "invalid_request");
}

TEST_CASE("an unknown client is 401, a dead token is not") {
    LoginFixture fixture;
    const auto tokens = fixture.new_tokens();
    auto answer = fixture.post("/token", {{"grant_type", "refresh_token"},
                                          {"refresh_token", tokens["refresh_token"]},
                                          {"client_id", "bmci_gone"}});
    CHECK(answer.status == 401);
    CHECK(error_of(answer) == "invalid_client");
    CHECK(field_of(answer, "WWW-Authenticate").empty());
    answer = fixture.refresh(bm::new_secret(bm::SecretKind::refresh_token));
    CHECK(answer.status == 400);
    CHECK(error_of(answer) == "invalid_grant");
    CHECK(error_of(fixture.refresh("x")) == "invalid_grant");
    answer = fixture.post("/token", {{"grant_type", "refresh_token"}, {"refresh_token", "x"}});
    CHECK(answer.status == 400);
    CHECK(error_of(answer) == "invalid_request");
}

TEST_CASE(
    "each refresh retires its token; for 30 s some processes may come late, then it revokes") {
    LoginFixture fixture;
    const auto first = fixture.new_tokens();
    const auto second = json_of(fixture.refresh(first["refresh_token"]));
    CHECK(second["refresh_token"] != first["refresh_token"]);
    CHECK(fixture.opens(second["access_token"]));
    fixture.now += 30;
    const auto sibling = json_of(fixture.refresh(first["refresh_token"]));
    REQUIRE(sibling.contains("refresh_token"));
    CHECK(fixture.opens(sibling["access_token"]));
    CHECK(fixture.refresh(second["refresh_token"]).status == 200);
    for (int i = 0; i < 7; ++i) CHECK(fixture.refresh(first["refresh_token"]).status == 200);
    // So many processes are none of one client.
    CHECK(error_of(fixture.refresh(first["refresh_token"])) == "invalid_grant");
    CHECK_FALSE(fixture.opens(second["access_token"]));
    CHECK_FALSE(fixture.opens(sibling["access_token"]));
    CHECK(error_of(fixture.refresh(sibling["refresh_token"])) == "invalid_grant");
}

TEST_CASE("a refresh token that comes again after the grace revokes its family, not another one") {
    LoginFixture fixture;
    const auto other = fixture.new_tokens();
    const auto first = fixture.new_tokens();
    const auto second = json_of(fixture.refresh(first["refresh_token"]));
    fixture.now += 31;
    CHECK(error_of(fixture.refresh(first["refresh_token"])) == "invalid_grant");
    CHECK_FALSE(fixture.opens(second["access_token"]));
    CHECK(error_of(fixture.refresh(second["refresh_token"])) == "invalid_grant");
    CHECK(fixture.opens(other["access_token"]));
}

TEST_CASE("a refresh of another client does nothing, not even harm") {
    LoginFixture fixture;
    const auto tokens = fixture.new_tokens();
    const std::string mine = std::exchange(fixture.client, fixture.new_client());
    CHECK(error_of(fixture.refresh(tokens["refresh_token"])) == "invalid_grant");
    fixture.client = mine;
    CHECK(fixture.refresh(tokens["refresh_token"]).status == 200);
}

TEST_CASE("a refresh may ask for less, never for more, and a fault costs no token") {
    LoginFixture fixture;
    const auto query = with_field(authorize_fields(fixture.client), "scope", "notes:read");
    const auto tokens =
        json_of(fixture.post("/token", fixture.exchange_fields(fixture.new_code(query))));
    const auto refresh_with = [&](const bm::Json& token, const char* name, const char* value) {
        return fixture.post("/token", {{"grant_type", "refresh_token"},
                                       {"refresh_token", token.get<std::string>()},
                                       {"client_id", fixture.client},
                                       {name, value}});
    };
    CHECK(error_of(refresh_with(tokens["refresh_token"], "scope", "notes:write")) ==
          "invalid_scope");
    CHECK(error_of(refresh_with(tokens["refresh_token"], "scope", "admin")) == "invalid_scope");
    CHECK(error_of(refresh_with(tokens["refresh_token"], "resource", "https://x.example/mcp")) ==
          "invalid_target");
    fixture.now += 60;
    CHECK(fixture.refresh(tokens["refresh_token"]).status == 200);

    const auto full = fixture.new_tokens();
    const auto less = json_of(refresh_with(full["refresh_token"], "scope", "notes:read"));
    CHECK(less["scope"] == "notes:read");
    CHECK(json_of(fixture.refresh(less["refresh_token"]))["scope"] == "notes:read notes:write");
}

TEST_CASE("refreshing ends after 30 idle days, and after 180 days in any case") {
    LoginFixture fixture;
    auto tokens = fixture.new_tokens();
    fixture.now += 30 * bm::kDay;
    CHECK(error_of(fixture.refresh(tokens["refresh_token"])) == "invalid_grant");
    fixture.browser.get("/device");
    fixture.browser.log_in("ada", "long enough password");
    tokens = fixture.new_tokens();
    int refreshes = 0;
    while (tokens.contains("refresh_token") && refreshes < 20) {
        fixture.now += 20 * bm::kDay;
        tokens = json_of(fixture.refresh(tokens["refresh_token"]));
        ++refreshes;
    }
    CHECK(refreshes == 9);
}

TEST_CASE("a client without refresh_token gets none, unless it asked for offline access") {
    LoginFixture fixture;
    const auto answer = fixture.register_client(
        R"({"redirect_uris":["https://app.example/cb"],"token_endpoint_auth_method":"none"})");
    fixture.client = json_of(answer)["client_id"];
    CHECK_FALSE(fixture.new_tokens().contains("refresh_token"));
    const auto query =
        with_field(authorize_fields(fixture.client), "scope", "notes:read offline_access");
    const auto tokens =
        json_of(fixture.post("/token", fixture.exchange_fields(fixture.new_code(query))));
    CHECK(tokens.contains("refresh_token"));
    CHECK(tokens["scope"] == "notes:read");
}

TEST_CASE("a confidential client proves itself by its secret, in one place") {
    LoginFixture fixture;
    const auto registered = json_of(fixture.register_client(
        R"({"redirect_uris":["https://app.example/cb"],"token_endpoint_auth_method":"client_secret_basic"})"));
    const std::string secret = registered["client_secret"];
    fixture.client = registered["client_id"];
    const auto fields = [&] { return fixture.exchange_fields(fixture.new_code()); };
    const auto with_basic = [&](const Fields& form, const std::string& pair) {
        auto request = ServerFixture::post_request("/token", encoded(form));
        std::string text = bm::base64url(pair);
        for (char& c : text) c = c == '-' ? '+' : c == '_' ? '/' : c;
        while (text.size() % 4 != 0) text += '=';
        request.fields.add("Authorization", "Basic " + text);
        return fixture.send(request);
    };
    CHECK(fixture.post("/token", fields()).status == 401);
    CHECK(fixture.post("/token", with_field(fields(), "client_secret", "x")).status == 401);
    CHECK(fixture.post("/token", with_field(fields(), "client_secret", secret)).status == 200);
    CHECK(with_basic(fields(), fixture.client + ":" + secret).status == 200);
    const auto wrong = with_basic(fields(), fixture.client + ":wrong");
    CHECK(wrong.status == 401);
    CHECK(field_of(wrong, "WWW-Authenticate").starts_with("Basic"));
    CHECK(with_basic(with_field(fields(), "client_secret", secret), fixture.client + ":" + secret)
              .status == 400);
    CHECK(with_basic(with_field(fields(), "client_id", "other"), fixture.client + ":" + secret)
              .status == 400);
    CHECK(with_basic(fields(), "nocolon").status == 400);
    // A public client with a secret is somebody else.
    fixture.client = fixture.new_client();
    CHECK(fixture.post("/token", with_field(fields(), "client_secret", secret)).status == 401);
}

TEST_CASE("revocation answers 200 and ends what the client holds") {
    LoginFixture fixture;
    const auto tokens = fixture.new_tokens();
    const auto revoke = [&](const std::string& token, const std::string& client) {
        return fixture.post("/revoke", {{"token", token}, {"client_id", client}}).status;
    };
    CHECK(revoke(tokens["refresh_token"], fixture.new_client()) == 200);
    CHECK(fixture.opens(tokens["access_token"]));
    CHECK(revoke("unknown", fixture.client) == 200);
    CHECK(revoke(tokens["refresh_token"], fixture.client) == 200);
    CHECK_FALSE(fixture.opens(tokens["access_token"]));
    CHECK(error_of(fixture.refresh(tokens["refresh_token"])) == "invalid_grant");
    CHECK(revoke("x", "bmci_nobody") == 401);
    CHECK(fixture.post("/revoke", {{"client_id", fixture.client}}).status == 400);
}

TEST_CASE("failures of an address keep no good secret from it") {
    LoginFixture fixture;
    const auto tokens = fixture.new_tokens();
    const auto good = fixture.exchange_fields(fixture.new_code());
    const Fields bad{{"client_id", "x"}};
    for (int i = 0; i < 600; ++i) REQUIRE(fixture.post("/token", bad).status == 401);
    const auto refused = fixture.post("/token", bad);
    CHECK(refused.status == 429);
    CHECK(field_of(refused, "Retry-After") == "60");
    CHECK(fixture.refresh(bm::new_secret(bm::SecretKind::refresh_token)).status == 429);
    CHECK(fixture.post("/revoke", {{"token", "x"}, {"client_id", fixture.client}}).status == 429);
    CHECK(fixture.refresh(tokens["refresh_token"]).status == 200);
    CHECK(fixture.post("/token", good).status == 200);
    CHECK(fixture.opens(tokens["access_token"]));
    CHECK(fixture
              .post("/revoke", {{"token", tokens["access_token"].get<std::string>()},
                                {"client_id", fixture.client}})
              .status == 200);
    CHECK_FALSE(fixture.opens(tokens["access_token"]));
    fixture.now += 60;
    CHECK(fixture.post("/token", bad).status == 401);
}

TEST_CASE("what is granted, refreshed and given back is in the log, with the address") {
    LoginFixture fixture;
    const auto told = [&](const std::string& part) {
        return std::any_of(fixture.log.begin(), fixture.log.end(), [&](const std::string& line) {
            return has_part(line, part) && has_part(line, "192.0.2.1");
        });
    };
    const auto tokens = fixture.new_tokens();
    CHECK(told("got tokens by 'authorization_code': notes:read notes:write"));
    (void)fixture.refresh(tokens["refresh_token"]);
    CHECK(told("got tokens by 'refresh_token'"));
    (void)fixture.post("/revoke", {{"token", tokens["access_token"].get<std::string>()},
                                   {"client_id", fixture.client}});
    CHECK(told("gave a token back"));
    CHECK(told("registered as"));
    fixture.now += 31;
    (void)fixture.refresh(tokens["refresh_token"]);
    CHECK(told("came again: its login is revoked"));
}

TEST_CASE("a code that two servers exchange at once gives tokens once") {
    LoginFixture fixture;
    const auto open = [&] {
        AccessOptions options;
        options.file = fixture.folder.path() / "access.db";
        options.public_url = "https://notes.example.com";
        options.clock = [now = fixture.now] { return Timestamp(std::chrono::seconds(now)); };
        options.web = std::make_shared<FakeWeb>();
        return Access::open(std::move(options)).value();
    };
    const auto first = open();
    const auto second = open();
    const auto request =
        ServerFixture::post_request("/token", encoded(fixture.exchange_fields(fixture.new_code())));
    std::atomic<int> given = 0;
    std::atomic<int> refused = 0;
    {
        std::vector<std::jthread> clients;
        for (int i = 0; i < 8; ++i) {
            clients.emplace_back([&, i] {
                const auto answer = (i % 2 == 0 ? first : second)->handler().handle(request);
                if (answer && answer->status == 200) ++given;
                if (answer && answer->status == 400) ++refused;
            });
        }
    }
    CHECK(given == 1);
    CHECK(refused == 7);
}

TEST_CASE("a grant is called by its client's name, also when a document or we describe it") {
    LoginFixture fixture;
    const std::string id = "https://app.example/client.json";
    fixture.web->lay(
        id, R"({"client_id":")" + id +
                R"(","client_name":"Doc App","redirect_uris":["https://app.example/cb"]})");
    fixture.client = id;
    const auto tokens = fixture.new_tokens();
    CHECK(tokens["expires_in"] == 3600);
    bm::AccessStore store(fixture.folder.path() / "access.db");
    CHECK(store.read([](bm::Database& db) { return bm::TokenGrants(db).find(1)->name; }) ==
          "Doc App");
}

TEST_CASE("a client whose host is denied later refreshes no more") {
    LoginFixture fixture;
    const std::string id = "https://app.example/client.json";
    fixture.web->lay(
        id, R"({"client_id":")" + id +
                R"(","client_name":"Doc App","redirect_uris":["https://app.example/cb"],)" +
                R"("grant_types":["authorization_code","refresh_token"]})");
    fixture.client = id;
    const auto tokens = fixture.new_tokens();
    fixture.open("https://notes.example.com", "app.example");
    const auto refused = fixture.refresh(tokens["refresh_token"]);
    CHECK(refused.status == 401);
    CHECK(json_of(refused)["error"] == "invalid_client");
    fixture.open("https://notes.example.com");
    CHECK(fixture.refresh(tokens["refresh_token"]).status == 200);
}

TEST_CASE("a client refreshes sixty times an hour, and keeps its token when it wants more") {
    LoginFixture fixture;
    std::string token = fixture.new_tokens()["refresh_token"];
    for (int i = 0; i < 60; ++i) {
        const auto answer = fixture.refresh(token);
        REQUIRE(answer.status == 200);
        token = json_of(answer)["refresh_token"];
    }
    const auto refused = fixture.refresh(token);
    CHECK(refused.status == 429);
    CHECK(!field_of(refused, "Retry-After").empty());
    // Another login of the same client has its own.
    const std::string other = fixture.new_tokens()["refresh_token"];
    CHECK(fixture.refresh(other).status == 200);
    fixture.now += 3600;
    CHECK(fixture.refresh(token).status == 200);
}

TEST_CASE("no secret reaches the log, whatever fails") {
    LoginFixture fixture;
    const std::string link = fixture.access->setup_link().value();
    const auto confidential =
        json_of(fixture.register_client(R"({"redirect_uris":["https://app.example/cb"]})"));
    const Json device = json_of(fixture.post("/device_authorization", {{"client_id", "bm-cli"}}));
    const std::string code = fixture.new_code();
    const auto tokens = json_of(fixture.post("/token", fixture.exchange_fields(code)));
    (void)fixture.refresh(tokens["refresh_token"]);
    fixture.now += 31;
    (void)fixture.refresh(tokens["refresh_token"]);
    (void)fixture.post("/token", fixture.exchange_fields(code));
    (void)fixture.post("/token",
                       {{"grant_type", "refresh_token"},
                        {"refresh_token", tokens["refresh_token"].get<std::string>()},
                        {"client_id", confidential["client_id"].get<std::string>()},
                        {"client_secret", confidential["client_secret"].get<std::string>()}});
    (void)fixture.post("/token", {{"grant_type", "urn:ietf:params:oauth:grant-type:device_code"},
                                  {"device_code", device["device_code"].get<std::string>()},
                                  {"client_id", "bm-cli"}});
    TestBrowser stranger(fixture);
    stranger.get("/device");
    stranger.log_in("long enough password", "long enough password");
    fixture.browser.get("/device", "user_code=" + device["user_code"].get<std::string>());
    CHECK_FALSE(fixture.log.empty());
    const std::string cookie =
        fixture.browser.cookie->substr(fixture.browser.cookie->find('=') + 1);
    const std::string known = fixture.browser.known->substr(fixture.browser.known->find('=') + 1);
    for (const auto& line : fixture.log) {
        for (const std::string& secret :
             {code, tokens["access_token"].get<std::string>(),
              tokens["refresh_token"].get<std::string>(), std::string("long enough password"),
              device["device_code"].get<std::string>(), device["user_code"].get<std::string>(),
              confidential["client_secret"].get<std::string>(), cookie, known,
              fixture.browser.field("form_token"), link.substr(link.find("bmst_"))}) {
            REQUIRE_FALSE(secret.empty());
            CHECK_FALSE(has_part(line, secret));
        }
    }
}

}  // namespace
}  // namespace bm::test
