#include <doctest/doctest.h>

#include "access/device_codes.hpp"
#include "access/personal_tokens.hpp"
#include "tests/access/server_fixture.hpp"

namespace bm::test {
namespace {

struct DeviceFixture : LoginFixture {
    Json begin(const Fields& more = {}) {
        Fields form{{"client_id", "bm-cli"}};
        form.insert(form.end(), more.begin(), more.end());
        return json_of(post("/device_authorization", form));
    }
    Json poll(const Json& device, const std::string& as = "bm-cli") {
        return json_of(
            post("/token", {{"grant_type", "urn:ietf:params:oauth:grant-type:device_code"},
                            {"device_code", device["device_code"]},
                            {"client_id", as}}));
    }
    HttpResponse decide(const std::string& decision, bool write = true) {
        Fields form{{"form_token", browser.field("form_token")},
                    {"user_code", browser.field("user_code")},
                    {"decision", decision}};
        if (write) form.emplace_back("write", "yes");
        return browser.post("/device", form);
    }
    HttpResponse show(const std::string& code) {
        return browser.get("/device", "user_code=" + code);
    }
};

TEST_CASE("a device gets a code for itself and one for people") {
    DeviceFixture fixture;
    const Json device = fixture.begin();
    const std::string code = device["user_code"];
    CHECK(code.size() == 9);
    CHECK(code[4] == '-');
    CHECK(code.find_first_not_of("BCDFGHJKLMNPQRSTVWXZ-") == std::string::npos);
    CHECK(device["verification_uri"] == "https://notes.example.com/device");
    CHECK(device["verification_uri_complete"] ==
          "https://notes.example.com/device?user_code=" + code);
    CHECK(device["expires_in"] == 600);
    CHECK(device["interval"] == 5);
    CHECK(fixture.begin()["user_code"] != code);
}

TEST_CASE("a device waits, the user compares and allows, and the tokens come once") {
    DeviceFixture fixture;
    const Json device = fixture.begin();
    CHECK(fixture.poll(device)["error"] == "authorization_pending");
    const std::string code = device["user_code"];
    const auto page = fixture.show(typed_user_code(" " + code));
    CHECK(page.status == 200);
    CHECK(has_part(page.body, code));
    CHECK(has_part(page.body, "bm-cli"));
    CHECK(fixture.decide("approve", false).status == 200);
    fixture.now += 5;
    const Json tokens = fixture.poll(device);
    CHECK(tokens["scope"] == "notes:read");
    CHECK(fixture.opens(tokens["access_token"]));
    CHECK(tokens.contains("refresh_token"));
    fixture.now += 5;
    CHECK(fixture.poll(device)["error"] == "invalid_grant");
}

TEST_CASE("a device that was approved gets nothing once its client was revoked") {
    DeviceFixture fixture;
    const Json first = fixture.begin();
    (void)fixture.show(typed_user_code(first["user_code"].get<std::string>()));
    REQUIRE(fixture.decide("approve", false).status == 200);
    REQUIRE(fixture.poll(first).contains("access_token"));
    const Json second = fixture.begin();
    (void)fixture.show(typed_user_code(second["user_code"].get<std::string>()));
    REQUIRE(fixture.decide("approve", false).status == 200);
    const Json waiting = fixture.begin();
    AccessStore console(fixture.folder.path() / "access.db");
    REQUIRE(revoke_grant(console, "1"));
    CHECK(fixture.poll(second)["error"] == "invalid_grant");
    CHECK(fixture.poll(waiting)["error"] == "authorization_pending");
}

TEST_CASE("who asks too fast waits longer") {
    DeviceFixture fixture;
    const Json device = fixture.begin();
    CHECK(fixture.poll(device)["error"] == "authorization_pending");
    fixture.now += 4;
    CHECK(fixture.poll(device)["error"] == "slow_down");
    fixture.now += 9;
    CHECK(fixture.poll(device)["error"] == "slow_down");
    fixture.now += 15;
    CHECK(fixture.poll(device)["error"] == "authorization_pending");
}

TEST_CASE("no, too late, somebody else's and unknown codes") {
    DeviceFixture fixture;
    Json device = fixture.begin();
    fixture.show(device["user_code"]);
    CHECK(fixture.decide("deny").status == 200);
    CHECK(fixture.poll(device)["error"] == "access_denied");
    CHECK(fixture.poll(device)["error"] == "invalid_grant");

    device = fixture.begin();
    CHECK(fixture.poll(device, fixture.client)["error"] == "invalid_grant");
    fixture.now += 600;
    CHECK(fixture.poll(device)["error"] == "expired_token");
    CHECK(fixture.show(device["user_code"]).status == 404);
    CHECK(fixture.poll({{"device_code", "x"}})["error"] == "invalid_grant");
}

TEST_CASE("a device needs a client that may, a scope and a resource that there are") {
    DeviceFixture fixture;
    const auto error = [&](const Fields& form) {
        return json_of(fixture.post("/device_authorization", form)).value("error", "");
    };
    const std::string plain = json_of(fixture.register_client(
        R"({"redirect_uris":["https://a/cb"],"token_endpoint_auth_method":"none"})"))["client_id"];
    CHECK(error({{"client_id", plain}}) == "unauthorized_client");
    CHECK(error({{"client_id", "nobody"}}) == "invalid_client");
    CHECK(error({}) == "invalid_request");
    CHECK(error({{"client_id", "bm-cli"}, {"scope", "admin"}}) == "invalid_scope");
    CHECK(error({{"client_id", "bm-cli"}, {"resource", "https://x/"}}) == "invalid_target");
}

TEST_CASE("a client that cannot be looked up now is not unknown") {
    DeviceFixture fixture;
    const auto answer =
        fixture.post("/device_authorization", {{"client_id", "https://app.example/c"}});
    CHECK(answer.status == 503);
    CHECK(json_of(answer)["error"] == "temporarily_unavailable");
    CHECK(field_of(answer, "Retry-After") == "60");
}

TEST_CASE("devices that wait have a limit for each address, and take no room without end") {
    DeviceFixture fixture;
    const auto ask = [&](const std::string& peer) {
        auto request = ServerFixture::post_request("/device_authorization", "client_id=bm-cli");
        request.peer = peer;
        return fixture.send(request);
    };
    const Json first = json_of(ask("198.51.100.1"));
    fixture.now += 1;
    for (int i = 1; i < 30; ++i) CHECK(ask("198.51.100.1").status == 200);
    CHECK(ask("198.51.100.1").status == 429);
    CHECK(fixture.poll(first)["error"] == "authorization_pending");
    AccessStore store(fixture.folder.path() / "access.db");
    store.write([&](Database& db) {
        for (int i = 0; i < 970; ++i) {
            DeviceCode device;
            device.user_code = "CODE" + std::to_string(i);
            device.client = "bm-cli";
            device.expires_at = fixture.now + kDeviceCodeLife;
            CHECK(DeviceCodes(db).add("secret" + std::to_string(i), device));
        }
        return true;
    });
    fixture.now += 5;
    CHECK(fixture.poll(first)["error"] == "authorization_pending");
    const Json last = json_of(ask("2001:db8::1"));
    CHECK(fixture.poll(first)["error"] == "invalid_grant");
    CHECK(fixture.poll(last)["error"] == "authorization_pending");
}

TEST_CASE("over plain http the login of a device's user stands in the form") {
    ServerFixture server("http://127.0.0.1:8000");
    TestBrowser browser(server);
    REQUIRE(browser.set_up().status == 200);
    const Json device = json_of(server.post("/device_authorization", {{"client_id", "bm-cli"}}));
    CHECK(has_part(browser.get("/device").body, "XXXX-XXXX"));
    browser.get("/device", "user_code=" + device["user_code"].get<std::string>());
    CHECK(has_part(browser.log_in("ada", "long enough password").body, "Let this device in?"));
    const Fields form{{"form_token", browser.field("form_token")},
                      {"user_code", browser.field("user_code")},
                      {"login", browser.field("login")},
                      {"decision", "approve"}};
    CHECK(has_part(browser.post("/device", without_field(form, "login")).body, "/login"));
    CHECK(has_part(browser.post("/device", form).body, "The device is in"));
    CHECK(has_part(server.log.back(), "lets a device of client 'bm-cli': notes:read"));
}

TEST_CASE("typing wrong codes ends after five in a minute") {
    DeviceFixture fixture;
    for (int i = 0; i < 5; ++i) CHECK(fixture.show("BBBBBBBB").status == 404);
    CHECK(fixture.show("BBBBBBBB").status == 429);
    CHECK(fixture.show("%3Cb%3E").status == 429);
    CHECK_FALSE(has_part(fixture.browser.page(), "<b>"));
    fixture.now += 60;
    CHECK(fixture.show("BBBBBBBB").status == 404);
}

TEST_CASE("after five wrong codes right ones wait too: otherwise guessing would go on") {
    DeviceFixture fixture;
    const std::string code = fixture.begin()["user_code"];
    for (int i = 0; i < 6; ++i) (void)fixture.show("BBBBBBBB");
    CHECK(fixture.show(code).status == 429);
    fixture.now += 60;
    CHECK(fixture.show(code).status == 200);
}

TEST_CASE("a device that sent a challenge shows its verifier, under either name of the endpoints") {
    DeviceFixture fixture;
    const std::string verifier(43, 'v');
    const std::string challenge = base64url(secret_digest(verifier));
    const Json device = json_of(fixture.post("/oauth2/device_authorization",
                                             {{"client_id", "client_01K6KWQPW6J1M8VV7R3TZP5A6M"},
                                              {"scope", "openid profile email offline_access"},
                                              {"code_challenge", challenge},
                                              {"code_challenge_method", "S256"}}));
    fixture.show(device["user_code"]);
    CHECK(fixture.decide("approve").status == 200);
    const auto poll = [&](const Fields& more) {
        Fields form{{"grant_type", "urn:ietf:params:oauth:grant-type:device_code"},
                    {"device_code", device["device_code"]},
                    {"client_id", "client_01K6KWQPW6J1M8VV7R3TZP5A6M"}};
        form.insert(form.end(), more.begin(), more.end());
        return json_of(fixture.post("/oauth2/token", form));
    };
    CHECK(poll({})["error"] == "invalid_grant");
    CHECK(poll({{"code_verifier", std::string(43, 'w')}})["error"] == "invalid_grant");
    const Json tokens = poll({{"code_verifier", verifier}});
    CHECK(tokens.contains("refresh_token"));
    CHECK(tokens["scope"] == "notes:read notes:write");
}

TEST_CASE("a challenge is a SHA-256 or refused") {
    DeviceFixture fixture;
    CHECK(fixture.begin({{"code_challenge", "short"},
                         {"code_challenge_method", "S256"}})["error"] == "invalid_request");
    CHECK(fixture.begin({{"code_challenge", std::string(43, 'A')}})["error"] == "invalid_request");
}

TEST_CASE("the page asks for a login, and its form is bound to the browser") {
    DeviceFixture fixture;
    const Json device = fixture.begin();
    TestBrowser stranger(fixture);
    const auto page =
        stranger.get("/device", "user_code=" + device["user_code"].get<std::string>());
    CHECK(has_part(page.body, "action=\"/login\""));
    CHECK(stranger.post("/device", {{"user_code", device["user_code"]}, {"decision", "approve"}})
              .status == 403);
    CHECK(fixture.poll(device)["error"] == "authorization_pending");
    fixture.show(device["user_code"]);
    fixture.browser.from = "https://evil.example";
    CHECK(fixture.decide("approve").status == 403);
    CHECK(has_part(fixture.browser.get("/device").body, "XXXX-XXXX"));
}

}  // namespace
}  // namespace bm::test
