#include "access/bearer_authorizer.hpp"

#include <doctest/doctest.h>

#include "access/personal_tokens.hpp"
#include "access/secret.hpp"
#include "tests/access/fixture.hpp"

using bm::HttpRequest;
using bm::HttpResponse;
using bm::Principal;
using bm::Scope;
using bm::test::bearer_request;
using bm::test::field_of;
using bm::test::get_request;
using bm::test::has_part;
using bm::test::json_of;
using bm::test::StoreFixture;

namespace {

struct BearerFixture : StoreFixture {
    bm::BearerAuthorizer authorizer{store, urls, clock()};

    bm::PersonalToken make(bm::PersonalTokenWish wish) {
        return bm::create_personal_token(store, wish, now);
    }
    HttpResponse refused(const HttpRequest& request) {
        auto outcome = authorizer.authorize(request);
        REQUIRE(std::holds_alternative<HttpResponse>(outcome));
        return std::get<HttpResponse>(outcome);
    }
};

}  // namespace

TEST_CASE("without credentials the challenge leads to the login and names no error") {
    BearerFixture fixture;
    for (const char* scheme : {"", "Basic YTpi", "DPoP abc"}) {
        HttpRequest request = get_request("/mcp");
        if (*scheme != '\0') request.fields.add("Authorization", scheme);
        const auto answer = fixture.refused(request);
        CHECK(answer.status == 401);
        CHECK(field_of(answer, "WWW-Authenticate") ==
              "Bearer resource_metadata=\"https://notes.example.com/.well-known/"
              "oauth-protected-resource/mcp\", scope=\"notes:read notes:write\"");
        CHECK(field_of(answer, "Cache-Control") == "no-store");
    }
}

TEST_CASE("what is no credential at all is a bad request") {
    BearerFixture fixture;
    const std::string token = fixture.make({"t", {true, false}, {}, {}}).secret;
    for (const std::string& value :
         {std::string("Bearer"), std::string("Bearer "), "Bearer " + token + " x",
          "Bearer " + token + ",Basic x", std::string("Bearer \"x\""), token,
          "Bearer " + std::string(9000, 'x')}) {
        CAPTURE(value);
        HttpRequest request = get_request("/mcp");
        request.fields.add("authorization", value);
        const auto answer = fixture.refused(request);
        CHECK(answer.status == 400);
        CHECK(has_part(field_of(answer, "WWW-Authenticate"), "error=\"invalid_request\""));
    }
    HttpRequest twice = bearer_request(token);
    twice.fields.add("AUTHORIZATION", "Bearer " + token);
    CHECK(fixture.refused(twice).status == 400);
}

TEST_CASE("a token in the query is refused even beside a good header") {
    BearerFixture fixture;
    const std::string token = fixture.make({"t", {true, false}, {}, {}}).secret;
    HttpRequest request = get_request("/mcp", "access_token=" + token);
    CHECK(fixture.refused(request).status == 400);
    request = bearer_request(token);
    request.query = "a=1&access_token=x";
    CHECK(fixture.refused(request).status == 400);
}

TEST_CASE("a good token tells who calls and what he may do, until it expires or is revoked") {
    BearerFixture fixture;
    const auto token = fixture.make({"t", {false, false}, "main", bm::kHour});
    HttpRequest request = bearer_request(token.secret);
    const auto caller = fixture.authorizer.authorize(request);
    REQUIRE(std::holds_alternative<Principal>(caller));
    CHECK(std::get<Principal>(caller).id == "token/" + std::to_string(token.grant.id));
    CHECK(std::get<Principal>(caller).scope == Scope::read);
    CHECK(std::get<Principal>(caller).project == "main");
    request = get_request("/mcp");
    request.fields.add("Authorization", "bEARER   " + token.secret);
    CHECK(std::holds_alternative<Principal>(fixture.authorizer.authorize(request)));

    fixture.now += bm::kHour;
    const auto answer = fixture.refused(request);
    CHECK(answer.status == 401);
    CHECK(has_part(field_of(answer, "WWW-Authenticate"), "Bearer error=\"invalid_token\""));
    CHECK(json_of(answer)["error"] == "invalid_token");
}

TEST_CASE("a token that another process revokes stops working at the next request") {
    BearerFixture fixture;
    const auto token = fixture.make({"script", {true, false}, {}, {}});
    const HttpRequest request = bearer_request(token.secret);
    CHECK(std::holds_alternative<Principal>(fixture.authorizer.authorize(request)));
    bm::AccessStore other(fixture.folder.path() / "config" / "access.db");
    REQUIRE(bm::revoke_grant(other, "script"));
    CHECK(fixture.refused(request).status == 401);
}

TEST_CASE("unknown tokens, and tokens of other kinds, are invalid") {
    BearerFixture fixture;
    for (const std::string& token :
         {std::string("x"), std::string("bmat_x"), bm::new_secret(bm::SecretKind::access_token),
          bm::new_secret(bm::SecretKind::refresh_token)}) {
        CAPTURE(token);
        const auto answer = fixture.refused(bearer_request(token));
        CHECK(answer.status == 401);
        CHECK_FALSE(has_part(answer.body, token + "\""));
    }
}

TEST_CASE("a token for another resource is invalid here") {
    BearerFixture fixture;
    const std::string secret = bm::new_secret(bm::SecretKind::access_token);
    const auto issue = [&](const char* resource) {
        fixture.store.write([&](bm::Database& db) {
            bm::TokenGrants grants(db);
            bm::TokenGrant grant;
            grant.resource = resource;
            db.exec("DELETE FROM token");
            grants.add_token(secret, grants.add(grant), false, {}, std::nullopt);
            return true;
        });
    };
    issue("https://other.example.com/mcp");
    CHECK(fixture.refused(bearer_request(secret)).status == 401);
    issue("https://notes.example.com/mcp");
    CHECK(std::holds_alternative<Principal>(fixture.authorizer.authorize(bearer_request(secret))));
    issue("https://notes.example.com");
    CHECK(std::holds_alternative<Principal>(fixture.authorizer.authorize(bearer_request(secret))));
}

TEST_CASE("a caller who lacks a scope is told which one, in one challenge") {
    BearerFixture fixture;
    const auto answer = fixture.authorizer.refuse_scope(Scope::write);
    CHECK(answer.status == 403);
    const std::string challenge = field_of(answer, "WWW-Authenticate");
    CHECK(has_part(challenge, "error=\"insufficient_scope\""));
    CHECK(has_part(challenge, "scope=\"notes:write\""));
    CHECK(has_part(challenge, "resource_metadata=\"https://notes.example.com/"));
    CHECK(answer.fields.count("WWW-Authenticate") == 1);
}

TEST_CASE("when a token was used is noted, but not with every request") {
    BearerFixture fixture;
    const auto token = fixture.make({"t", {true, false}, {}, {}});
    const auto used = [&] {
        return fixture.store.read(
            [&](bm::Database& db) { return bm::TokenGrants(db).find(token.grant.id)->used_at; });
    };
    CHECK_FALSE(used());
    (void)fixture.authorizer.authorize(bearer_request(token.secret));
    const auto first = used();
    CHECK(first == fixture.now);
    fixture.now += 59;
    (void)fixture.authorizer.authorize(bearer_request(token.secret));
    CHECK(used() == first);
    fixture.now += 1;
    (void)fixture.authorizer.authorize(bearer_request(token.secret));
    CHECK(used() == fixture.now);
}
