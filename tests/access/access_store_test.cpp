#include "access/access_store.hpp"

#include <chrono>
#include <filesystem>
#include <stdexcept>
#include <thread>

#include <doctest/doctest.h>

#include "access/openid_subjects.hpp"
#include "access/personal_tokens.hpp"
#include "access/token_grants.hpp"
#include "access/user_accounts.hpp"
#include "tests/access/server_fixture.hpp"

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

TEST_CASE("a file of the version before gets what is new, and keeps what it has") {
    bm::test::TemporaryFolder folder;
    const fs::path file = folder.path() / "older.db";
    {
        AccessStore first(file);
        first.write([](Database& db) { return bm::UserAccounts(db).add("ada", "x", 1); });
    }
    {
        Database database(file, Database::Mode::read_write_create);
        database.exec("DROP TABLE openid_subject");
        database.exec("DROP INDEX access_grant_by_openid_client");
        database.exec("ALTER TABLE access_grant DROP COLUMN openid_client");
        database.exec("PRAGMA user_version = 2");
    }
    AccessStore again(file);
    again.write([](Database& db) {
        const auto ada = bm::UserAccounts(db).find("ada");
        REQUIRE(ada);
        CHECK(bm::OpenIdSubjects(db).bind(ada->id, "https://login.example", "s1"));
        CHECK(bm::TokenGrants(db).for_openid_client(ada->id, "c", {}, 1, 2) ==
              bm::TokenGrants(db).for_openid_client(ada->id, "c", {}, 1, 2));
        return true;
    });
}

TEST_CASE("a subject of a provider has one account, and an account one subject") {
    StoreFixture fixture;
    fixture.store.write([](Database& db) {
        bm::UserAccounts accounts(db);
        bm::OpenIdSubjects subjects(db);
        const auto ada = accounts.add("ada", "", 1).value();
        const auto bob = accounts.add("bob", "", 1).value();
        CHECK(subjects.bind(ada, "https://login.example", "s1"));
        CHECK_FALSE(subjects.bind(bob, "https://login.example", "s1"));
        CHECK_FALSE(subjects.bind(ada, "https://login.example", "s2"));
        // The same text of another provider is somebody else.
        CHECK(subjects.bind(bob, "https://other.example", "s1"));
        CHECK(subjects.user_of("https://login.example", "s1") == ada);
        CHECK(subjects.user_of("https://other.example", "s1") == bob);
        CHECK_FALSE(subjects.user_of("https://login.example", "S1"));
        CHECK(accounts.remove("ada"));
        CHECK_FALSE(subjects.user_of("https://login.example", "s1"));
        CHECK_FALSE(subjects.issuer());
        subjects.remember_issuer("https://login.example");
        subjects.remember_issuer("https://other.example");
        CHECK(subjects.issuer() == "https://other.example");
        return true;
    });
    CHECK(bm::subject_fault("auth0|6 b_f").empty());
    for (const std::string& bad :
         {std::string(), std::string("a\nb"), std::string("\xc3\xa9"), std::string(256, 'a')})
        CHECK_FALSE(bm::subject_fault(bad).empty());
}

TEST_CASE("nothing that opens anything is stored as it is") {
    bm::test::LoginFixture fixture;
    const std::string link = fixture.access->setup_link().value();
    const auto confidential = bm::test::json_of(
        fixture.register_client(R"({"redirect_uris":["https://app.example/cb"]})"));
    const auto device =
        bm::test::json_of(fixture.post("/device_authorization", {{"client_id", "bm-cli"}}));
    const std::string open_code = fixture.new_code();
    const auto tokens = fixture.new_tokens();
    AccessStore store(fixture.folder.path() / "access.db");
    const auto personal = bm::create_personal_token(store, {"script", {}, {}, {}}, fixture.now);
    const auto behind = [](const std::string& text, char mark) {
        return text.substr(text.find(mark) + 1);
    };
    const std::string secrets[] = {open_code,
                                   tokens["access_token"],
                                   tokens["refresh_token"],
                                   personal.secret,
                                   device["device_code"],
                                   confidential["client_secret"],
                                   behind(*fixture.browser.cookie, '='),
                                   behind(*fixture.browser.known, '='),
                                   behind(link, '=')};
    for (const char* name : {"access.db", "access.db-wal"}) {
        const std::string bytes = fixture.folder.read(name);
        CHECK_FALSE(bytes.empty());
        CHECK_FALSE(bm::test::has_part(bytes, "long enough password"));
        for (const std::string& secret : secrets) {
            REQUIRE(secret.size() > 50);
            CHECK_FALSE(bm::test::has_part(bytes, secret));
            CHECK_FALSE(bm::test::has_part(bytes, secret.substr(5, 43)));
        }
    }
}

TEST_CASE("who reads does not wait for who writes, and a note waits for nobody") {
    StoreFixture fixture;
    Database foreign(fixture.folder.path() / "config" / "access.db",
                     Database::Mode::read_write_create);
    foreign.exec("BEGIN IMMEDIATE");
    const auto begin = std::chrono::steady_clock::now();
    std::jthread writer([&] {
        fixture.store.write([](Database& db) { return bm::UserAccounts(db).add("ada", "x", 1); });
    });
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    CHECK(fixture.store.read([](Database& db) { return bm::UserAccounts(db).is_empty(); }));
    CHECK_FALSE(fixture.store.note([](Database& db) { bm::UserAccounts(db).add("eve", "x", 1); }));
    CHECK(std::chrono::steady_clock::now() - begin < std::chrono::seconds(5));
    foreign.exec("ROLLBACK");
    writer.join();
    CHECK(fixture.store.note([](Database& db) { bm::UserAccounts(db).add("eve", "x", 1); }));
    CHECK(fixture.store.read([](Database& db) { return bm::UserAccounts(db).all().size(); }) == 2);
}

TEST_CASE("a file that was replaced counts from the next call on") {
    StoreFixture fixture;
    const fs::path file = fixture.folder.path() / "config" / "access.db";
    const fs::path backup = fixture.folder.path() / "backup.db";
    {
        AccessStore other(backup);
        other.write([](Database& db) { return bm::UserAccounts(db).add("eve", "x", 1); });
    }
    fixture.store.write([](Database& db) { return bm::UserAccounts(db).add("ada", "x", 1); });
    for (const char* end : {"", "-wal", "-shm"}) {
        if (fs::exists(file.string() + end))
            fs::rename(file.string() + end, file.string() + end + ".old");
    }
    CHECK_THROWS_AS(fixture.store.read([](Database&) { return true; }), bm::AccessTrouble);
    fs::rename(backup, file);
    const auto has = [&](const char* name) {
        return fixture.store.read(
            [&](Database& db) { return bm::UserAccounts(db).find(name).has_value(); });
    };
    CHECK(has("eve"));
    CHECK_FALSE(has("ada"));
    fixture.store.write([](Database& db) { return bm::UserAccounts(db).add("bob", "x", 1); });
    CHECK(has("bob"));
}

TEST_CASE("a damaged file is named, with the way out") {
    StoreFixture fixture;
    fixture.folder.write("broken.db", std::string(8192, 'x'));
    std::string told;
    try {
        AccessStore store(fixture.folder.path() / "broken.db");
    } catch (const bm::AccessTrouble& problem) {
        told = problem.what();
    }
    CHECK(bm::test::has_part(told, "broken.db is damaged"));
    CHECK(bm::test::has_part(told, "put the file aside"));
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
