#include <doctest/doctest.h>

#include "access/configured_clients.hpp"
#include "access/registered_clients.hpp"
#include "tests/access/server_fixture.hpp"

namespace bm::test {
namespace {

TEST_CASE("a registration is echoed with its defaults") {
    ServerFixture fixture;
    const auto answer = fixture.register_client(
        R"({"redirect_uris":["http://127.0.0.1/cb"],"client_name":"App","logo_uri":"https://a/l",
            "application_type":"native","unknown":{"a":[1]}})");
    CHECK(answer.status == 201);
    CHECK(field_of(answer, "Cache-Control") == "no-store");
    const Json body = json_of(answer);
    CHECK(body["client_id"].get<std::string>().starts_with("bmci_"));
    CHECK(body["client_id_issued_at"] == fixture.now);
    CHECK(body["client_name"] == "App");
    CHECK(body["grant_types"] == Json::array({"authorization_code"}));
    CHECK(body["response_types"] == Json::array({"code"}));
    CHECK(body["token_endpoint_auth_method"] == "client_secret_basic");
    CHECK(body["client_secret"].get<std::string>().starts_with("bmcs_"));
    CHECK(body["client_secret_expires_at"] == 0);
    CHECK(body["logo_uri"] == "https://a/l");
    CHECK(body["application_type"] == "native");
    CHECK_FALSE(body.contains("unknown"));
}

TEST_CASE("a public client gets no secret") {
    ServerFixture fixture;
    const Json body = json_of(fixture.register_client(
        R"({"redirect_uris":["https://a.example/cb"],"token_endpoint_auth_method":"none",
            "grant_types":["authorization_code","refresh_token","implicit"]})"));
    CHECK(body["token_endpoint_auth_method"] == "none");
    CHECK(body["grant_types"] == Json::array({"authorization_code", "refresh_token"}));
    CHECK_FALSE(body.contains("client_secret"));
}

TEST_CASE("registrations that are refused say which part is wrong") {
    ServerFixture fixture;
    const struct {
        std::string body;
        const char* error;
    } cases[] = {
        {"", "invalid_client_metadata"},
        {"[]", "invalid_client_metadata"},
        {"{", "invalid_client_metadata"},
        {"{}", "invalid_redirect_uri"},
        {R"({"redirect_uris":[]})", "invalid_redirect_uri"},
        {R"({"redirect_uris":"https://a/cb"})", "invalid_redirect_uri"},
        {R"({"redirect_uris":[1]})", "invalid_redirect_uri"},
        {R"({"redirect_uris":["http://a.example/cb"]})", "invalid_redirect_uri"},
        {R"({"redirect_uris":["https://a/cb#x"]})", "invalid_redirect_uri"},
        {R"({"redirect_uris":["https://a/cb","javascript:x"]})", "invalid_redirect_uri"},
        {R"({"redirect_uris":["https://a/cb"],"client_name":1})", "invalid_client_metadata"},
        {R"({"redirect_uris":["https://a/cb"],"client_name":"a\nb"})", "invalid_client_metadata"},
        {R"({"redirect_uris":["https://a/cb"],"grant_types":["implicit"]})",
         "invalid_client_metadata"},
        {R"({"redirect_uris":["https://a/cb"],"response_types":["token"]})",
         "invalid_client_metadata"},
        {R"({"redirect_uris":["https://a/cb"],"token_endpoint_auth_method":"private_key_jwt"})",
         "invalid_client_metadata"},
        {R"({"redirect_uris":["https://a/cb"],"client_name":")" + std::string(121, 'x') + "\"}",
         "invalid_client_metadata"},
        {R"({"redirect_uris":["https://a/cb"],"x":")" + std::string(17'000, 'x') + "\"}",
         "invalid_client_metadata"},
    };
    for (const auto& each : cases) {
        CAPTURE(each.body.substr(0, 100));
        const auto answer = fixture.register_client(each.body);
        CHECK(answer.status == 400);
        CHECK(json_of(answer)["error"] == each.error);
    }
}

TEST_CASE("registrations have a limit, and those that lead nowhere are forgotten") {
    ServerFixture fixture;
    const char* body = R"({"redirect_uris":["https://a/cb"],"token_endpoint_auth_method":"none"})";
    std::string first;
    for (int i = 0; i < 60; ++i) {
        const auto answer = fixture.register_client(body);
        REQUIRE(answer.status == 201);
        if (first.empty()) first = json_of(answer)["client_id"];
    }
    const auto refused = fixture.register_client(body);
    CHECK(refused.status == 429);
    CHECK_FALSE(field_of(refused, "Retry-After").empty());
    const Fields ask{{"grant_type", "refresh_token"}, {"refresh_token", "x"}, {"client_id", first}};
    CHECK(fixture.post("/token", ask).status == 400);
    // Never by the clock alone: what was over a day ago already goes.
    fixture.now += kDay;
    CHECK(fixture.post("/token", ask).status == 400);
    fixture.now += kDay;
    CHECK(fixture.post("/token", ask).status == 401);
}

TEST_CASE("a client that is set up logs in with its secret, stays, and goes with all it has") {
    LoginFixture fixture;
    AccessStore store(fixture.folder.path() / "access.db");
    const auto made = add_configured_client(
        store, {"Chat", {"https://app.example/cb"}, true, false}, fixture.now);
    REQUIRE(made);
    REQUIRE(made->secret);
    CHECK(made->client.secret != made->secret);
    fixture.client = made->client.id;
    const auto fields = [&] {
        return with_field(fixture.exchange_fields(fixture.new_code()), "client_secret",
                          *made->secret);
    };
    CHECK(fixture.post("/token", without_field(fields(), "client_secret")).status == 401);
    const auto answer = fixture.post("/token", fields());
    REQUIRE(answer.status == 200);
    const std::string token = json_of(answer)["access_token"];
    CHECK(fixture.opens(token));
    const Fields late = fields();
    CHECK(all_clients(store).size() == 2);

    const auto removed = remove_client(store, "Chat");
    REQUIRE(removed);
    CHECK(removed->id == made->client.id);
    CHECK_FALSE(fixture.opens(token));
    CHECK(fixture.post("/token", late).status == 401);
    CHECK(remove_client(store, "Chat").error().fault == Fault::not_found);
    CHECK(remove_client(store, "").error().fault == Fault::not_found);

    // Nobody ever uses it, and it is there all the same; those that registered themselves are not.
    REQUIRE(add_configured_client(store, {"Idle", {"https://app.example/cb"}, false, false},
                                  fixture.now));
    for (int days = 0; days < 3; ++days) {
        fixture.now += 100 * kDay;
        (void)fixture.refresh("x");
    }
    const auto left = all_clients(store);
    REQUIRE(left.size() == 1);
    CHECK(left.front().client.name == "Idle");
}

TEST_CASE("a client is set up with names and places that a login can use") {
    ServerFixture fixture;
    AccessStore store(fixture.folder.path() / "access.db");
    const auto adds = [&](const ConfiguredClientWish& wish) {
        return add_configured_client(store, wish, fixture.now).has_value();
    };
    CHECK(adds({"Desk", {"http://127.0.0.1/callback"}, false, false}));
    CHECK(adds({"TV", {}, false, true}));
    CHECK_FALSE(adds({"Nowhere", {}, false, false}));
    CHECK_FALSE(adds({"Plain", {"http://app.example/cb"}, false, false}));
    CHECK_FALSE(adds({"Script", {"javascript:x"}, false, false}));
    CHECK_FALSE(adds({"a\nb", {"https://app.example/cb"}, false, false}));
    CHECK_FALSE(adds({std::string(121, 'x'), {"https://app.example/cb"}, false, false}));
    CHECK(adds({"Desk", {"https://app.example/cb"}, false, false}));
    CHECK(remove_client(store, "Desk").error().fault == Fault::ambiguous);
    CHECK(all_clients(store).size() == 3);
    // Whoever registers under a name takes nobody's place.
    (void)fixture.register_client(
        R"({"redirect_uris":["https://a/cb"],"client_name":"TV","token_endpoint_auth_method":"none"})");
    CHECK(remove_client(store, "TV"));
    CHECK(all_clients(store).size() == 3);
}

TEST_CASE("a client that somebody uses stays for 90 days more") {
    LoginFixture fixture;
    const Json tokens = fixture.new_tokens();
    fixture.now += 20 * kDay;
    const Json again = json_of(fixture.refresh(tokens["refresh_token"]));
    CHECK(again.contains("access_token"));
    fixture.now += 89 * kDay;
    (void)fixture.refresh("x");
    CHECK(fixture.refresh("x").status == 400);
    fixture.now += kDay;
    (void)fixture.refresh("x");
    fixture.now += kDay;
    CHECK(fixture.refresh("x").status == 401);
}

TEST_CASE("newcomers register however many others have, and the oldest that led nowhere goes") {
    LoginFixture fixture;
    (void)fixture.new_tokens();
    const auto known = [&](const std::string& id) {
        return fixture
                   .post(
                       "/token",
                       {{"grant_type", "refresh_token"}, {"refresh_token", "x"}, {"client_id", id}})
                   .status == 400;
    };
    const std::string oldest = fixture.new_client();
    AccessStore store(fixture.folder.path() / "access.db");
    store.write([&](Database& db) {
        for (int i = 0; i < 999; ++i) {
            OAuthClient stranger;
            stranger.id = "bmci_stranger" + std::to_string(i);
            RegisteredClients(db).add(stranger, false, fixture.now + 1);
        }
        return true;
    });
    CHECK(known(oldest));
    fixture.now += 2;
    const std::string last = fixture.new_client();
    CHECK(known(last));
    CHECK(known(fixture.client));
    CHECK(known("bmci_stranger0"));
    CHECK_FALSE(known(oldest));
}

TEST_CASE("null is nothing, and names hold nothing that acts on a terminal") {
    ServerFixture fixture;
    const auto answer = fixture.register_client(
        R"({"redirect_uris":["https://a/cb"],"client_name":null,"grant_types":null,
            "response_types":null,"token_endpoint_auth_method":null,"scope":null})");
    CHECK(answer.status == 201);
    CHECK(json_of(answer)["token_endpoint_auth_method"] == "client_secret_basic");
    for (const char* name : {"a\u202eb", "a\u009b31m", "a\u2028b", "\ufeffa"}) {
        CAPTURE(name);
        CHECK(fixture
                  .register_client(std::string(R"({"redirect_uris":["https://a/cb"],)") +
                                   R"("client_name":")" + name + "\"}")
                  .status == 400);
    }
}

}  // namespace
}  // namespace bm::test
