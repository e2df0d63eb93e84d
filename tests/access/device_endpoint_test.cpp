#include <doctest/doctest.h>

#include "access/device_codes.hpp"
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
