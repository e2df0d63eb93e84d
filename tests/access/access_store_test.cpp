#include "access/access_store.hpp"

#include <filesystem>
#include <stdexcept>

#include <doctest/doctest.h>

#include "access/secret.hpp"
#include "access/token_grants.hpp"
#include "access/user_accounts.hpp"
#include "tests/access/fixture.hpp"

namespace fs = std::filesystem;
using bm::AccessStore;
using bm::Database;
using bm::test::StoreFixture;

TEST_CASE("the file is its owner's alone, also one that was open to others") {
    StoreFixture fixture;
    fixture.store.write([&](Database& db) { return bm::UserAccounts(db).add("ada", "x", 1); });
    const auto mode_of = [](const fs::path& file) { return fs::status(file).permissions(); };
    const fs::path file = fixture.folder.path() / "config" / "access.db";
    const auto mine = fs::perms::owner_read | fs::perms::owner_write;
    CHECK(mode_of(file) == mine);
    CHECK(mode_of(file.string() + "-wal") == mine);

    const fs::path open = fixture.folder.path() / "open.db";
    fixture.folder.write("open.db", "");
    fs::permissions(open, fs::perms::others_read, fs::perm_options::add);
    AccessStore second(open);
    CHECK(mode_of(open) == mine);
}

TEST_CASE("what one process commits the other sees at once") {
    StoreFixture fixture;
    AccessStore other(fixture.folder.path() / "config" / "access.db");
    CHECK(other.read([](Database& db) { return bm::UserAccounts(db).is_empty(); }));
    fixture.store.write([&](Database& db) { return bm::UserAccounts(db).add("ada", "x", 1); });
    CHECK_FALSE(other.read([](Database& db) { return bm::UserAccounts(db).is_empty(); }));
}

TEST_CASE("work that throws changes nothing") {
    StoreFixture fixture;
    CHECK_THROWS_AS(fixture.store.write([&](Database& db) -> int {
        bm::UserAccounts(db).add("ada", "x", 1);
        throw std::runtime_error("no");
    }),
                    std::runtime_error);
    CHECK(fixture.store.read([](Database& db) { return bm::UserAccounts(db).is_empty(); }));
}

TEST_CASE("a file of a newer version is left alone") {
    StoreFixture fixture;
    fixture.store.read([](Database&) { return true; });
    const fs::path file = fixture.folder.path() / "newer.db";
    { AccessStore first(file); }
    {
        Database database(file, Database::Mode::read_write_create);
        database.exec("PRAGMA user_version = 99");
    }
    CHECK_THROWS_AS(AccessStore{file}, std::runtime_error);
}

TEST_CASE("no secret is stored as it is") {
    StoreFixture fixture;
    const std::string secret = bm::new_secret(bm::SecretKind::personal_token);
    fixture.store.write([&](Database& db) {
        bm::TokenGrants grants(db);
        bm::TokenGrant grant;
        grant.name = "script";
        grants.add_token(secret, grants.add(grant), false, {}, std::nullopt);
        return true;
    });
    for (const char* name : {"config/access.db", "config/access.db-wal"}) {
        const std::string bytes = fixture.folder.read(name);
        CHECK_FALSE(bytes.empty());
        CHECK_FALSE(bm::test::has_part(bytes, secret));
        CHECK_FALSE(bm::test::has_part(bytes, secret.substr(5, 43)));
    }
}

TEST_CASE("accounts: names ignore case and blanks, are plain, and are there once") {
    StoreFixture fixture;
    CHECK(bm::user_name_fault("Ada.L@x-1_").empty());
    for (const char* bad : {"", "  ", "a b", "a\nb", "<b>", "a/b", "\xc3\xa4"}) {
        CAPTURE(bad);
        CHECK_FALSE(bm::user_name_fault(bad).empty());
    }
    CHECK_FALSE(bm::user_name_fault(std::string(65, 'a')).empty());
    fixture.store.write([&](Database& db) {
        bm::UserAccounts users(db);
        CHECK(users.is_empty());
        const auto id = users.add(" Ada ", "hash", 7);
        REQUIRE(id);
        CHECK_FALSE(users.add("ADA", "hash", 7));
        CHECK(users.find("aDa")->id == *id);
        CHECK(users.find(*id)->name == "ada");
        CHECK(users.all().size() == 1);
        users.set_password(*id, "other", true);
        CHECK(users.find("ada")->password == "other");
        CHECK(users.remove("ADA"));
        CHECK_FALSE(users.remove("ada"));
        CHECK(*users.add("ada", "hash", 8) > *id);
        return true;
    });
}
