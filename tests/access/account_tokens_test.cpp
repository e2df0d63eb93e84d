#include "access/account_tokens.hpp"

#include <doctest/doctest.h>

#include "access/access_sweep.hpp"
#include "access/openid_subjects.hpp"
#include "access/personal_tokens.hpp"
#include "access/secret.hpp"
#include "access/user_accounts.hpp"
#include "tests/access/server_fixture.hpp"
#include "tests/access/token_maker.hpp"

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

namespace {

/// A host that takes the tokens of a provider, and Ann, whom that one calls u1.
struct ProviderFixture {
    static constexpr const char* issuer = "https://login.example";

    TemporaryFolder folder;
    Seconds now = 1'790'000'000;
    TokenMaker maker{TokenMaker::Kind::p256, "k1"};
    std::shared_ptr<FakeWeb> web = std::make_shared<FakeWeb>();
    std::unique_ptr<Access> access;
    AccessStore store{folder.path() / "access.db"};
    std::int64_t ann = 0;

    explicit ProviderFixture(const std::string& own_client = "bm") {
        web->lay(std::string(issuer) + "/.well-known/openid-configuration",
                 R"({"issuer":"https://login.example","jwks_uri":"https://login.example/keys"})");
        web->lay("https://login.example/keys", json_text({{"keys", {maker.jwk()}}}));
        AccessOptions options;
        options.file = folder.path() / "access.db";
        options.public_url = "https://notes.example.com";
        options.web = web;
        options.clock = [this] { return Timestamp(std::chrono::seconds(now)); };
        options.steady_clock = [this] { return Moment(std::chrono::seconds(now)); };
        options.foreign_issuer = ForeignIssuerOptions{issuer, "", true, own_client};
        access = Access::open(std::move(options)).value();
        ann = store.write([&](Database& database) {
            const auto id = UserAccounts(database).add("ann", "", now).value();
            CHECK(OpenIdSubjects(database).issuer() == issuer);
            CHECK(OpenIdSubjects(database).bind(id, issuer, "u1"));
            return id;
        });
    }
    HttpRequest request(const std::string& client = "bm", const std::string& subject = "u1",
                        const std::string& scope = "notes:write") {
        return bearer_request(maker.token({{"iss", issuer},
                                           {"aud", "https://notes.example.com/mcp"},
                                           {"sub", subject},
                                           {"client_id", client},
                                           {"exp", now + 300},
                                           {"scope", scope}}));
    }
    std::optional<Principal> principal(const std::string& token) {
        auto outcome = access->authorizer().authorize(bearer_request(token));
        if (auto* found = std::get_if<Principal>(&outcome)) return *found;
        return std::nullopt;
    }
    AccountTokens& tokens() { return access->account_tokens(); }
};

}  // namespace

TEST_CASE("who has a provider's token gets one for the storage of his account") {
    ProviderFixture fixture;
    const auto first = fixture.tokens().mint_for_storage(fixture.request());
    REQUIRE(first);
    CHECK(first->ends_at == fixture.now + kGrantLife);
    REQUIRE(fixture.principal(first->secret));
    CHECK(fixture.principal(first->secret)->user == fixture.ann);
    const auto reader =
        fixture.tokens().mint_for_storage(fixture.request("bm", "u1", "notes:read"));
    REQUIRE(reader);
    CHECK(fixture.principal(reader->secret)->scope == Scope::read);
    // Another machine may have the one before: it lives on.
    fixture.now += 2 * kDay;
    CHECK(fixture.principal(first->secret));
    // They belong to their client, and go when that one is revoked.
    const auto other = fixture.tokens().mint_for_storage(fixture.request("other"));
    CHECK(revoke_grant(fixture.store, "bm"));
    CHECK_FALSE(fixture.principal(first->secret));
    CHECK(fixture.principal(other->secret));
    fixture.now += kGrantLife;
    CHECK_FALSE(fixture.principal(other->secret));
    // Nobody's token gives none.
    CHECK_FALSE(fixture.tokens().mint_for_storage(fixture.request("bm", "u2")));
    CHECK_FALSE(fixture.tokens().mint_for_storage(bearer_request("a.b.c")));
}

TEST_CASE("what a provider's token was used for ends with the account, and sweeps leave it") {
    ProviderFixture fixture;
    const auto device = fixture.tokens().device_for_keys(fixture.request());
    REQUIRE(device);
    CHECK(fixture.tokens().device_for_keys(fixture.request()).value() == *device);
    CHECK(fixture.tokens().device_for_keys(fixture.request("other")).value() != *device);
    const auto minted = fixture.tokens().mint_for_storage(fixture.request());
    REQUIRE(minted);
    for (int day = 0; day < 5; ++day) {
        fixture.now += kDay + kHour;
        sweep(fixture.store, fixture.now, kDay + kHour);
    }
    CHECK(fixture.principal(minted->secret));
    fixture.store.write([](Database& database) { return UserAccounts(database).remove("ann"); });
    CHECK_FALSE(fixture.principal(minted->secret));
}

TEST_CASE("with a provider's token only the client that is bm makes API keys") {
    ProviderFixture fixture;
    const auto key = fixture.tokens().mint_api_key(fixture.request(), "server");
    REQUIRE(key);
    CHECK_FALSE(key->ends_at);
    CHECK(fixture.principal(key->secret)->user == fixture.ann);
    for (const char* other : {"chat", "bm-cli", "-", ""}) {
        const auto refused = fixture.tokens().mint_api_key(fixture.request(other), "server");
        REQUIRE_FALSE(refused);
        CHECK(refused.error().fault == Fault::forbidden);
    }
    // A key works beside the provider, for keys of its storage too.
    CHECK(fixture.tokens().mint_for_storage(bearer_request(key->secret)));
    ProviderFixture unnamed("");
    const auto refused = unnamed.tokens().mint_api_key(unnamed.request(""), "server");
    REQUIRE_FALSE(refused);
    CHECK(has_part(refused.error().message, "--openid-client"));
}

}  // namespace bm::test
