#include "access/personal_tokens.hpp"

#include <doctest/doctest.h>

#include "tests/access/fixture.hpp"

TEST_CASE("lifetimes") {
    CHECK(bm::token_lifetime("never").value() == std::nullopt);
    CHECK(bm::token_lifetime("12h").value() == 12 * bm::kHour);
    CHECK(bm::token_lifetime("90d").value() == 90 * bm::kDay);
    CHECK(bm::token_lifetime("4w").value() == 28 * bm::kDay);
    for (const char* bad : {"", "d", "90", "0d", "-1d", "1m", "90dd", "9999999d", "1.5d", " 1d",
                            "99999999999999999999d", "Never"}) {
        CAPTURE(bad);
        CHECK_FALSE(bm::token_lifetime(bad));
    }
}

TEST_CASE("a token is revoked by its number, or by a name that only it has") {
    bm::test::StoreFixture fixture;
    const auto make = [&](const char* name) {
        return bm::create_personal_token(fixture.store, {name, {}, {}, {}}, fixture.now).grant.id;
    };
    const auto first = make("twin");
    make("twin");
    make("single");
    CHECK(bm::revoke_grant(fixture.store, "twin").error().fault == bm::Fault::ambiguous);
    CHECK(bm::revoke_grant(fixture.store, "nobody").error().fault == bm::Fault::not_found);
    CHECK(bm::revoke_grant(fixture.store, std::to_string(first)));
    CHECK(bm::revoke_grant(fixture.store, "twin"));
    CHECK(bm::revoke_grant(fixture.store, "single")->name == "single");
    CHECK(bm::revoke_grant(fixture.store, "single").error().fault == bm::Fault::not_found);
}

TEST_CASE("a client that calls itself as a token is called hides nothing, and no name is none") {
    bm::test::StoreFixture fixture;
    const auto add_client = [&] {
        fixture.store.write([&](bm::Database& db) {
            bm::TokenGrant grant;
            grant.name = "backup";
            grant.client = "bmci_x";
            return bm::TokenGrants(db).add(grant);
        });
    };
    add_client();
    const auto mine =
        bm::create_personal_token(fixture.store, {"backup", {}, {}, {}}, fixture.now).grant.id;
    add_client();
    CHECK(bm::revoke_grant(fixture.store, "backup")->id == mine);
    CHECK(bm::revoke_grant(fixture.store, "backup").error().fault == bm::Fault::ambiguous);
    bm::create_personal_token(fixture.store, {"", {}, {}, {}}, fixture.now);
    CHECK_FALSE(bm::revoke_grant(fixture.store, ""));
}
