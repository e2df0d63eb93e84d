#include "access/token_grants.hpp"

#include <doctest/doctest.h>

#include "access/access_sweep.hpp"
#include "access/secret.hpp"
#include "access/user_accounts.hpp"
#include "tests/access/fixture.hpp"

using bm::Database;
using bm::LiveToken;
using bm::SecretKind;
using bm::TokenGrant;
using bm::TokenGrants;
using bm::test::StoreFixture;

namespace {

struct GrantFixture : StoreFixture {
    std::string refresh = bm::new_secret(SecretKind::refresh_token);
    std::string access = bm::new_secret(SecretKind::access_token);
    std::int64_t user = 0;
    std::int64_t grant_id = 0;

    GrantFixture() {
        store.write([&](Database& db) {
            user = bm::UserAccounts(db).add("ada", "x", now).value();
            TokenGrants grants(db);
            TokenGrant grant;
            grant.name = "Client";
            grant.user = user;
            grant.client = "c1";
            grant.scope = {true, false};
            grant.created_at = now;
            grant.ends_at = now + bm::kGrantLife;
            grant_id = grants.add(grant);
            grants.add_token(refresh, grant_id, true, grant.scope, now + bm::kRefreshTokenLife);
            grants.add_token(access, grant_id, false, grant.scope, now + bm::kAccessTokenLife);
            return true;
        });
    }

    template <class Work>
    auto with(Work work) {
        return store.write([&](Database& db) { return work(TokenGrants(db)); });
    }
    bool is_live(const std::string& token) {
        return with([&](TokenGrants grants) { return grants.find_live(token, now).has_value(); });
    }
    auto retire(const std::string& client = "c1") {
        return with([&](TokenGrants grants) { return grants.retire(refresh, client, now); });
    }
};

}  // namespace

TEST_CASE("an access token opens until it expires, a refresh token never opens anything") {
    GrantFixture fixture;
    CHECK(fixture.is_live(fixture.access));
    CHECK_FALSE(fixture.is_live(fixture.refresh));
    CHECK_FALSE(fixture.is_live(bm::new_secret(SecretKind::access_token)));
    fixture.now += bm::kAccessTokenLife - 1;
    CHECK(fixture.is_live(fixture.access));
    fixture.now += 1;
    CHECK_FALSE(fixture.is_live(fixture.access));
}

TEST_CASE("a principal is the same for one user and client, and nobody else's") {
    TokenGrant grant;
    grant.id = 5;
    CHECK(grant.principal() == "token/5");
    grant.user = 5;
    grant.client = "c1";
    CHECK(grant.principal() == "user/5/c1");
    grant.id = 6;
    CHECK(grant.principal() == "user/5/c1");
}

TEST_CASE("a refresh token is spent once, and some more times within the grace") {
    GrantFixture fixture;
    CHECK(std::holds_alternative<LiveToken>(fixture.retire()));
    fixture.now += bm::kRefreshGrace;
    for (int i = 0; i < bm::kRefreshSiblings; ++i)
        CHECK(std::holds_alternative<LiveToken>(fixture.retire()));
    CHECK(fixture.is_live(fixture.access));
    CHECK(std::holds_alternative<TokenGrants::Spent>(fixture.retire()));
    CHECK_FALSE(fixture.is_live(fixture.access));
    CHECK(std::holds_alternative<TokenGrants::Dead>(fixture.retire()));
}

TEST_CASE("a refresh token that comes back after the grace takes all its relatives along") {
    GrantFixture fixture;
    CHECK(std::holds_alternative<LiveToken>(fixture.retire()));
    fixture.now += bm::kRefreshGrace + 1;
    CHECK(std::holds_alternative<TokenGrants::Spent>(fixture.retire()));
    CHECK_FALSE(fixture.is_live(fixture.access));
}

TEST_CASE(
    "another client, an expired token and an access token refresh nothing and revoke nothing") {
    GrantFixture fixture;
    CHECK(std::holds_alternative<TokenGrants::Dead>(fixture.retire("c2")));
    CHECK(std::holds_alternative<TokenGrants::Dead>(fixture.with(
        [&](TokenGrants grants) { return grants.retire(fixture.access, "c1", fixture.now); })));
    CHECK(fixture.is_live(fixture.access));
    fixture.now += bm::kRefreshTokenLife;
    CHECK(std::holds_alternative<TokenGrants::Dead>(fixture.retire()));
}

TEST_CASE("revocation: an access token goes alone, a refresh token with its relatives") {
    GrantFixture fixture;
    const auto revoke = [&](const std::string& token, const std::string& client) {
        fixture.with([&](TokenGrants grants) {
            grants.revoke(token, client);
            return true;
        });
    };
    revoke(fixture.access, "c2");
    CHECK(fixture.is_live(fixture.access));
    revoke(fixture.access, "c1");
    CHECK_FALSE(fixture.is_live(fixture.access));
    CHECK(std::holds_alternative<LiveToken>(fixture.retire()));
    revoke(fixture.refresh, "c1");
    CHECK(std::holds_alternative<TokenGrants::Dead>(fixture.retire()));
    CHECK(fixture.with([](TokenGrants grants) { return grants.all().empty(); }));
}

TEST_CASE("with the user goes all that was granted") {
    GrantFixture fixture;
    fixture.store.write([](Database& db) { return bm::UserAccounts(db).remove("ada"); });
    CHECK_FALSE(fixture.is_live(fixture.access));
    CHECK(fixture.with([](TokenGrants grants) { return grants.all().empty(); }));
}

TEST_CASE("what is over goes a day later, and what is not stays") {
    GrantFixture fixture;
    const auto run = [&](bm::Seconds time) {
        fixture.now += time;
        return bm::sweep(fixture.store, fixture.now, time);
    };
    CHECK(run(0) == 0);
    CHECK(run(bm::kDay) == 0);
    CHECK(run(bm::kDay - 1) == 0);
    CHECK(run(1) == 1);
    CHECK(std::holds_alternative<LiveToken>(fixture.retire()));
    CHECK(run(bm::kRefreshTokenLife) == 0);
    // The refresh token, and the grant that nothing can use any more.
    CHECK(run(bm::kDay) == 2);
    CHECK(fixture.with([](TokenGrants grants) { return grants.all().empty(); }));
}

TEST_CASE("a clock that is wrong for a while deletes nothing") {
    GrantFixture fixture;
    const auto count = [&] {
        return fixture.store.read([](bm::Database& db) {
            auto statement = db.prepare("SELECT count(*) FROM token");
            auto query = statement.run();
            query.step();
            return query.integer(0);
        });
    };
    const bm::Seconds right = fixture.now;
    const auto before = count();
    REQUIRE(before > 0);
    CHECK(bm::sweep(fixture.store, right, 0) == 0);
    CHECK(bm::sweep(fixture.store, right + 2 * bm::kHour, 2 * bm::kHour) == 0);
    // Starts without a battery, a bad time server, each an hour long.
    for (int start = 0; start < 20; ++start) {
        const bm::Seconds wrong = right + 200 * bm::kDay + start * 2 * bm::kDay;
        bm::sweep(fixture.store, wrong, 0);
        bm::sweep(fixture.store, wrong + bm::kHour, bm::kHour);
        CHECK(count() == before);
    }
    CHECK(bm::sweep(fixture.store, right + 3 * bm::kHour, 0) == 0);
    CHECK(bm::sweep(fixture.store, right + 4 * bm::kHour, bm::kHour) == 0);
    CHECK(count() == before);
    // Several processes of one hour have lived for one hour.
    for (int process = 0; process < 40; ++process)
        CHECK(bm::sweep(fixture.store, right + 4 * bm::kHour, bm::kHour) == 0);
    CHECK(count() == before);
}
