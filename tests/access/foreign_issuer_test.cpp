#include "access/foreign_issuer.hpp"

#include <doctest/doctest.h>

#include "access/bearer_authorizer.hpp"
#include "access/json_web_token.hpp"
#include "access/openid_subjects.hpp"
#include "access/personal_tokens.hpp"
#include "access/user_accounts.hpp"
#include "tests/access/server_fixture.hpp"
#include "tests/access/token_maker.hpp"

namespace bm::test {
namespace {

constexpr const char* kIssuer = "https://login.example/realm";

struct ForeignFixture : StoreFixture {
    FakeWeb web;
    TokenMaker maker{TokenMaker::Kind::p256, "k1"};
    BearerAuthorizer own{store, urls, clock()};
    ForeignIssuer authorizer{own, urls, kIssuer, urls.resource, web, clock()};

    ForeignFixture() {
        web.lay(
            std::string(kIssuer) + "/.well-known/openid-configuration",
            R"({"issuer":"https://login.example/realm","jwks_uri":"https://login.example/keys"})");
        serve({maker.jwk()});
    }
    void serve(const std::vector<Json>& keys) {
        web.lay("https://login.example/keys", json_text({{"keys", keys}}));
    }
    [[nodiscard]] Json claims() const {
        return {{"iss", kIssuer},        {"aud", urls.resource}, {"sub", "u1"},
                {"client_id", "c1"},     {"iat", now},           {"exp", now + 300},
                {"scope", "notes:write"}};
    }
    [[nodiscard]] Json with(const char* name, const Json& value) const {
        Json changed = claims();
        changed[name] = value;
        return changed;
    }
    /// 200 for a caller who is let in.
    int status(const std::string& token) {
        const auto outcome = authorizer.authorize(bearer_request(token));
        if (std::holds_alternative<Principal>(outcome)) return 200;
        return std::get<HttpResponse>(outcome).status;
    }
    std::size_t fetches() const { return web.asked.size(); }
};

TEST_CASE("a good token of each algorithm lets its bearer in, by subject, client and scope") {
    for (const auto kind :
         {TokenMaker::Kind::rsa, TokenMaker::Kind::p256, TokenMaker::Kind::ed25519}) {
        ForeignFixture fixture;
        const TokenMaker maker(kind, "k9");
        fixture.serve({maker.jwk()});
        const auto outcome =
            fixture.authorizer.authorize(bearer_request(maker.token(fixture.claims())));
        REQUIRE(std::holds_alternative<Principal>(outcome));
        CHECK(std::get<Principal>(outcome).id == "foreign/2/u1/c1");
        CHECK(std::get<Principal>(outcome).scope == Scope::write);
        CHECK(fixture.status(maker.token(fixture.with("scope", "openid notes:read"))) == 200);
        CHECK(fixture.status(maker.token(fixture.with("aud", {"x", fixture.urls.resource}))) ==
              200);
    }
}

TEST_CASE("an audience that was named is the one that tokens must be for") {
    ForeignFixture fixture;
    ForeignIssuer named(fixture.own, fixture.urls, kIssuer, "notes-api", fixture.web,
                        fixture.clock());
    const auto is_let_in = [&](const Json& audience) {
        const auto outcome =
            named.authorize(bearer_request(fixture.maker.token(fixture.with("aud", audience))));
        return std::holds_alternative<Principal>(outcome);
    };
    CHECK(is_let_in("notes-api"));
    CHECK(is_let_in({"x", "notes-api"}));
    CHECK_FALSE(is_let_in(fixture.urls.resource));
    CHECK_FALSE(is_let_in("notes-api/"));
}

TEST_CASE("claims that are wrong, and what they cost") {
    ForeignFixture fixture;
    const Seconds now = fixture.now;
    const struct {
        const char* name;
        Json value;
        int status;
    } cases[] = {
        {"iss", "https://evil.example", 401},
        {"iss", "https://login.example/realm/", 401},
        {"iss", nullptr, 401},
        {"aud", "https://other.example/mcp", 401},
        {"aud", Json::array(), 401},
        {"aud", nullptr, 401},
        {"exp", now - 61, 401},
        {"exp", now - 59, 200},
        {"exp", "soon", 401},
        {"exp", nullptr, 401},
        {"exp", -1, 401},
        {"exp", 1e300, 401},
        {"nbf", now + 61, 401},
        {"nbf", now + 59, 200},
        {"nbf", "x", 401},
        {"sub", "", 401},
        {"sub", nullptr, 401},
        {"scope", "openid", 403},
        {"scope", "notes:writes", 403},
        {"scope", "notes:read", 200},
    };
    for (const auto& each : cases) {
        CAPTURE(each.name);
        CAPTURE(json_text(each.value));
        Json claims = fixture.with(each.name, each.value);
        if (each.value.is_null()) claims.erase(each.name);
        CHECK(fixture.status(fixture.maker.token(claims)) == each.status);
    }
}

TEST_CASE("a token that chooses its own algorithm is refused: none, HS256 with the public key") {
    ForeignFixture fixture;
    const TokenMaker rsa(TokenMaker::Kind::rsa, "k2");
    fixture.serve({rsa.jwk(), fixture.maker.jwk()});
    const auto unsigned_token = [&](const char* algorithm, const std::string& signature) {
        return base64url(json_text({{"alg", algorithm}, {"kid", "k2"}})) + "." +
               base64url(json_text(fixture.claims())) + "." + signature;
    };
    for (const char* algorithm : {"none", "None", "NONE", ""}) {
        CHECK(fixture.status(unsigned_token(algorithm, "")) == 401);
    }
    Json head = {{"alg", "HS256"}, {"kid", "k2"}, {"typ", "at+jwt"}};
    const std::string text =
        base64url(json_text(head)) + "." + base64url(json_text(fixture.claims()));
    const std::string public_key = base64url_bytes(rsa.jwk()["n"].get<std::string>()).value();
    CHECK(fixture.status(text + "." + base64url(hmac_sha256(public_key, text))) == 401);
    CHECK(fixture.status(text + "." + base64url(hmac_sha256(json_text(rsa.jwk()), text))) == 401);
    // The right algorithm with the key of another one, and an RSA signature called ES256.
    head = fixture.maker.header();
    head["kid"] = "k2";
    CHECK(fixture.status(fixture.maker.token(head, fixture.claims())) == 401);
    head = rsa.header();
    head["alg"] = "ES256";
    CHECK(fixture.status(rsa.token(head, fixture.claims())) == 401);
    CHECK(fixture.status(rsa.token(fixture.claims())) == 200);
}

TEST_CASE("types: access tokens and plain ones, never what is something else") {
    ForeignFixture fixture;
    const struct {
        Json type;
        int status;
    } cases[] = {{"at+jwt", 200},     {"application/at+jwt", 200}, {"JWT", 200},     {nullptr, 200},
                 {"logout+jwt", 401}, {"dpop+jwt", 401},           {"id_token", 401}};
    for (const auto& each : cases) {
        CAPTURE(json_text(each.type));
        Json head = fixture.maker.header();
        head["typ"] = each.type;
        if (each.type.is_null()) head.erase("typ");
        CHECK(fixture.status(fixture.maker.token(head, fixture.claims())) == each.status);
    }
    Json head = fixture.maker.header();
    head["crit"] = Json::array({"exp"});
    CHECK(fixture.status(fixture.maker.token(head, fixture.claims())) == 401);
}

TEST_CASE("after a rotation the new key is fetched, but strangers cannot make us fetch at will") {
    ForeignFixture fixture;
    CHECK(fixture.status(fixture.maker.token(fixture.claims())) == 200);
    const std::size_t first = fixture.fetches();
    CHECK(fixture.status(fixture.maker.token(fixture.claims())) == 200);
    CHECK(fixture.fetches() == first);

    const TokenMaker next(TokenMaker::Kind::p256, "k2");
    fixture.serve({next.jwk()});
    for (int i = 0; i < 5; ++i) CHECK(fixture.status(next.token(fixture.claims())) == 401);
    CHECK(fixture.fetches() == first);
    fixture.now += 60;
    CHECK(fixture.status(next.token(fixture.claims())) == 200);
    CHECK(fixture.fetches() == first + 1);
    CHECK(fixture.status(fixture.maker.token(fixture.claims())) == 401);
    // What cannot be meant for us is refused before any key is looked for.
    fixture.now += 60;
    const TokenMaker stranger(TokenMaker::Kind::p256, "k3");
    CHECK(fixture.status(stranger.token(fixture.with("iss", "https://evil.example"))) == 401);
    CHECK(fixture.fetches() == first + 1);
}

TEST_CASE("while the issuer is away its keys go on for a day; without any the answer is 503") {
    ForeignFixture fixture;
    const auto token = [&] { return fixture.maker.token(fixture.claims()); };
    CHECK(fixture.status(token()) == 200);
    fixture.web.answers.clear();
    fixture.now += 2 * kHour;
    CHECK(fixture.status(token()) == 200);
    fixture.now += kDay;
    CHECK(fixture.status(token()) == 503);
    fixture.serve({fixture.maker.jwk()});
    fixture.now += kMinute;
    CHECK(fixture.status(token()) == 200);
}

TEST_CASE("metadata of another issuer is not believed") {
    ForeignFixture fixture;
    fixture.web.lay(std::string(kIssuer) + "/.well-known/openid-configuration",
                    R"({"issuer":"https://evil.example","jwks_uri":"https://login.example/keys"})");
    CHECK(fixture.status(fixture.maker.token(fixture.claims())) == 503);
    fixture.now += kMinute;
    fixture.web.lay(
        "https://login.example/.well-known/oauth-authorization-server/realm",
        R"({"issuer":"https://login.example/realm","jwks_uri":"http://login.example/keys"})");
    CHECK(fixture.status(fixture.maker.token(fixture.claims())) == 503);
    fixture.now += kMinute;
    fixture.web.lay(
        "https://login.example/.well-known/oauth-authorization-server/realm",
        R"({"issuer":"https://login.example/realm","jwks_uri":"https://login.example/keys"})");
    CHECK(fixture.status(fixture.maker.token(fixture.claims())) == 200);
}

TEST_CASE("personal tokens work beside a foreign issuer") {
    ForeignFixture fixture;
    const auto token = create_personal_token(fixture.store, {"t", {}, {}, {}}, fixture.now);
    CHECK(fixture.status(token.secret) == 200);
    CHECK(fixture.status("x") == 401);
    CHECK(std::get<HttpResponse>(fixture.authorizer.authorize(get_request("/mcp"))).status == 401);
    CHECK(fixture.authorizer.refuse_scope(Scope::write).status == 403);
}

TEST_CASE("where accounts are asked for, a subject comes in as the one that is bound to it") {
    ForeignFixture fixture;
    ForeignIssuer host(fixture.own, fixture.urls, kIssuer, fixture.urls.resource, fixture.web,
                       fixture.clock(), &fixture.store);
    const auto asked = [&](const Json& claims) {
        return host.authorize(bearer_request(fixture.maker.token(claims)));
    };
    const auto unknown = asked(fixture.claims());
    REQUIRE(std::holds_alternative<HttpResponse>(unknown));
    CHECK(std::get<HttpResponse>(unknown).status == 403);
    CHECK(field_of(std::get<HttpResponse>(unknown), "WWW-Authenticate").empty());
    CHECK(json_of(std::get<HttpResponse>(unknown))["error_description"] ==
          "The subject 'u1' of the OpenID provider has no account on this host. Its administrator "
          "adds one with: bm serve user add NAME --openid-subject 'u1'");
    // What a shell or a terminal would make something else of is not shown as a command.
    for (const char* odd : {"u'; rm -rf", "u\x1b[31m"}) {
        const auto refused = asked(fixture.with("sub", odd));
        const std::string text = json_of(std::get<HttpResponse>(refused))["error_description"];
        CHECK(text.ends_with("--openid-subject SUBJECT"));
        CHECK_FALSE(has_part(text, odd));
    }
    const auto add = [&](const char* name, const char* issuer, const char* subject) {
        return fixture.store.write([&](Database& database) {
            const auto id = UserAccounts(database).add(name, "", fixture.now).value();
            CHECK(OpenIdSubjects(database).bind(id, issuer, subject));
            return id;
        });
    };
    const auto ann = add("ann", kIssuer, "u1");
    const auto bob = add("bob", kIssuer, "u2");
    add("eve", "https://evil.example", "u3");
    add("u4", kIssuer, "someone");
    const auto user = [&](const char* subject) -> std::optional<std::int64_t> {
        const auto outcome = asked(fixture.with("sub", subject));
        if (std::holds_alternative<HttpResponse>(outcome)) return std::nullopt;
        return std::get<Principal>(outcome).user;
    };
    CHECK(user("u1") == ann);
    CHECK(user("u2") == bob);
    CHECK_FALSE(user("u3"));
    // No name and no address makes an account somebody's.
    Json named = fixture.with("sub", "u4");
    named["email"] = "ann";
    named["preferred_username"] = "ann";
    CHECK(std::holds_alternative<HttpResponse>(asked(named)));
    fixture.store.write([](Database& database) { return UserAccounts(database).remove("ann"); });
    CHECK_FALSE(user("u1"));
    CHECK(user("u2") == bob);
}

TEST_CASE("with a foreign issuer the metadata names it and our own endpoints are gone") {
    TemporaryFolder folder;
    AccessOptions options;
    options.file = folder.path() / "access.db";
    options.public_url = "https://notes.example.com";
    options.foreign_issuer = ForeignIssuerOptions{kIssuer, ""};
    options.web = std::make_shared<FakeWeb>();
    const auto access = Access::open(std::move(options)).value();
    CHECK_FALSE(access->setup_link());
    const auto answer =
        access->handler().handle(get_request("/.well-known/oauth-protected-resource/mcp"));
    REQUIRE(answer);
    CHECK(json_of(*answer)["authorization_servers"] == Json::array({kIssuer}));
    for (const char* path : {"/authorize", "/token", "/.well-known/oauth-authorization-server"})
        CHECK_FALSE(access->handler().handle(get_request(path)));
}

TEST_CASE("texts that are no tokens are taken apart by nobody") {
    for (const std::string& bad :
         {std::string(), std::string(".."), std::string("a.b"), std::string("a.b.c.d"),
          std::string("e30.e30."),
          base64url("{\"alg\":\"RS256\"}") + ".e30.=", base64url("{\"alg\":1}") + ".e30.",
          base64url("{\"alg\":\"RS256\",\"alg\":\"none\"}") + ".e30.", base64url("[]") + ".e30.",
          std::string(9000, 'a') + ".e30."}) {
        CAPTURE(bad.substr(0, 60));
        CHECK_FALSE(parse_json_web_token(bad));
    }
    CHECK(parse_json_web_token(base64url("{\"alg\":\"RS256\"}") + ".e30."));
}

TEST_CASE("an issuer may move its keys, and a clock that goes back stops nothing") {
    ForeignFixture fixture;
    CHECK(fixture.status(fixture.maker.token(fixture.claims())) == 200);
    fixture.web.answers.erase("https://login.example/keys");
    fixture.web.lay(
        std::string(kIssuer) + "/.well-known/openid-configuration",
        R"({"issuer":"https://login.example/realm","jwks_uri":"https://login.example/keys2"})");
    const TokenMaker next(TokenMaker::Kind::p256, "k2");
    fixture.web.lay("https://login.example/keys2", json_text({{"keys", {next.jwk()}}}));
    fixture.now += kMinute;
    CHECK(fixture.status(next.token(fixture.claims())) == 401);
    fixture.now += kMinute;
    CHECK(fixture.status(next.token(fixture.claims())) == 200);

    const TokenMaker last(TokenMaker::Kind::p256, "k3");
    fixture.web.lay("https://login.example/keys2", json_text({{"keys", {last.jwk()}}}));
    fixture.now -= 10 * kDay;
    CHECK(fixture.status(last.token(fixture.claims())) == 200);
}

}  // namespace
}  // namespace bm::test
