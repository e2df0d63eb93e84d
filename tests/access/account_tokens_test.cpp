#include "access/account_tokens.hpp"

#include <doctest/doctest.h>

#include "access/personal_tokens.hpp"
#include "access/secret.hpp"
#include "access/user_accounts.hpp"
#include "tests/access/server_fixture.hpp"

namespace bm::test {
namespace {

/// A machine of Ann's that is logged in.
struct MachineFixture : ServerFixture {
    AccessStore store{folder.path() / "access.db"};
    std::int64_t ann = store.write([&](Database& database) {
        return UserAccounts(database).add("ann", "no hash", now).value();
    });
    std::int64_t login = 0;
    std::string token = log_in(true);

    std::string log_in(bool writes, const std::string& client = "bm-cli") {
        const std::string secret = new_secret(SecretKind::access_token);
        store.write([&](Database& database) {
            TokenGrant grant;
            grant.name = "laptop";
            grant.user = ann;
            grant.client = client;
            grant.scope.write = writes;
            grant.created_at = now;
            grant.ends_at = now + kGrantLife;
            login = TokenGrants(database).add(grant);
            TokenGrants(database).add_token(secret, login, false, grant.scope, std::nullopt);
            return true;
        });
        return secret;
    }
    Result<MintedToken> mint(const std::string& shown) {
        return access->account_tokens().mint_for_storage(bearer_request(shown));
    }
    Result<MintedToken> key(const std::string& shown, const std::string& name = "backup") {
        return access->account_tokens().mint_api_key(bearer_request(shown), name);
    }
    Principal principal(const std::string& shown) {
        return std::get<Principal>(access->authorizer().authorize(bearer_request(shown)));
    }
};

}  // namespace

TEST_CASE("a machine's storage token is the account's and ends with the login") {
    MachineFixture fixture;
    const auto minted = fixture.mint(fixture.token);
    REQUIRE(minted);
    CHECK(minted->ends_at == fixture.now + kGrantLife);
    CHECK(fixture.principal(minted->secret).user == fixture.ann);
    fixture.store.write(
        [&](Database& database) { return TokenGrants(database).remove(fixture.login); });
    CHECK_FALSE(fixture.opens(minted->secret));
}

TEST_CASE("a new storage token leaves the one before a day, and no more") {
    MachineFixture fixture;
    const auto first = fixture.mint(fixture.token);
    const auto second = fixture.mint(fixture.token);
    REQUIRE(first);
    REQUIRE(second);
    fixture.now += kDay - 1;
    CHECK(fixture.opens(first->secret));
    // Asking with a storage token is asking for the same machine.
    const auto third = fixture.mint(second->secret);
    REQUIRE(third);
    fixture.now += 1;
    CHECK_FALSE(fixture.opens(first->secret));
    CHECK(fixture.opens(second->secret));
    fixture.now += kDay;
    CHECK_FALSE(fixture.opens(second->secret));
    CHECK(fixture.opens(third->secret));
}

TEST_CASE("another machine's storage token lives on") {
    MachineFixture fixture;
    const auto first = fixture.mint(fixture.token);
    const auto other = fixture.mint(fixture.log_in(true));
    REQUIRE(other);
    fixture.now += 2 * kDay;
    CHECK(fixture.opens(first->secret));
    CHECK(fixture.opens(other->secret));
}

TEST_CASE("no token gives more than the one that asked for it") {
    MachineFixture fixture;
    const std::string reader = fixture.log_in(false);
    CHECK(fixture.principal(fixture.mint(reader)->secret).scope == Scope::read);
    const auto key = fixture.key(reader);
    REQUIRE(key);
    CHECK(key->secret.starts_with("bmc_"));
    CHECK(fixture.principal(key->secret).scope == Scope::read);
    CHECK(fixture.principal(key->secret).user == fixture.ann);
    CHECK_FALSE(fixture.mint("bmat_nothing"));
    CHECK_FALSE(fixture.key(reader, "  "));
}

TEST_CASE("only our own command line makes keys that outlive its login") {
    MachineFixture fixture;
    const auto key = fixture.key(fixture.token);
    REQUIRE(key);
    REQUIRE(fixture.key(fixture.log_in(true, "client_01K6KWQPW6J1M8VV7R3TZP5A6M")));
    const auto storage = fixture.mint(fixture.token);
    REQUIRE(storage);
    for (const auto& other :
         {fixture.log_in(true, "https://app.example.com/client"), key->secret, storage->secret}) {
        const auto refused = fixture.key(other);
        REQUIRE_FALSE(refused);
        CHECK(refused.error().fault == Fault::forbidden);
    }
    CHECK_FALSE(fixture.key("bmat_nothing"));
    const auto revoked = revoke_grant(fixture.store, "backup");
    CHECK_FALSE(revoked);  // there are two of that name
    CHECK(revoke_grant(fixture.store, std::to_string(key->id)));
    CHECK_FALSE(fixture.opens(key->secret));
}

TEST_CASE("keys cannot be made without end") {
    MachineFixture fixture;
    int made = 0;
    while (made < 1000 && fixture.mint(fixture.token)) ++made;
    CHECK(made == 60);
    fixture.now += kMinute;
    CHECK(fixture.mint(fixture.token));
}

}  // namespace bm::test
