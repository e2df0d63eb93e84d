#include "repository/schema.hpp"

#include <fstream>
#include <memory>
#include <vector>

#include <doctest/doctest.h>

#include "repository/checksum.hpp"
#include "tests/support/child_process.hpp"
#include "tests/support/temporary_folder.hpp"

using Mode = bm::Database::Mode;
using bm::SchemaState;

TEST_CASE("an empty database gets its tables once") {
    bm::Database database(":memory:", Mode::read_write_create);
    CHECK(bm::prepare_schema(database) == SchemaState::created);
    CHECK(bm::prepare_schema(database) == SchemaState::current);
    CHECK(bm::is_sound(database));
}

TEST_CASE("other tables get another version") {
    bm::Database database(":memory:", Mode::read_write_create);
    bm::prepare_schema(database);
    auto statement = database.prepare("SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL");
    auto query = statement.run();
    std::string tables;
    while (query.step()) tables += query.string(0) + '\n';
    // Whoever changes the tables raises kSchemaVersion, or older indexes would pass for current
    // ones, and writes both new values here.
    CHECK(bm::kSchemaVersion == 5);
    CHECK(bm::checksum_of(tables).hex() ==
          "aa64984e0070f47b9de33a44fad13c0400bc4ad4ad974f527dbe237d40075405");
}

TEST_CASE("a database of another program or another version is foreign and stays as it is") {
    for (const char* sql : {"CREATE TABLE alembic_version (version_num)",
                            "CREATE TABLE t (a); PRAGMA user_version = 1",
                            "CREATE TABLE t (a); PRAGMA user_version = 99"}) {
        CAPTURE(sql);
        bm::Database database(":memory:", Mode::read_write_create);
        database.exec(sql);
        CHECK(bm::prepare_schema(database) == SchemaState::foreign);
        CHECK_FALSE(database.in_transaction());
        auto statement = database.prepare("SELECT count(*) FROM sqlite_schema");
        auto query = statement.run();
        query.step();
        CHECK(query.integer(0) == 1);
    }
    bm::Database newer(":memory:", Mode::read_write_create);
    bm::prepare_schema(newer);
    newer.exec("PRAGMA user_version = 99");
    CHECK(bm::prepare_schema(newer) == SchemaState::foreign);
}

TEST_CASE("processes that create the tables at once agree") {
    const bm::test::TemporaryFolder folder;
    // SQLite cannot switch to a log while somebody else does; the index makes the file first, too.
    bm::Database(folder.path() / "x.db", Mode::read_write_create).exec("PRAGMA user_version = 0");
    const bm::test::Signal start;
    std::vector<std::unique_ptr<bm::test::ChildProcess>> children;
    for (int i = 0; i < 4; ++i) {
        children.push_back(std::make_unique<bm::test::ChildProcess>([&] {
            start.await();
            bm::Database database(folder.path() / "x.db", Mode::read_write_create);
            return bm::prepare_schema(database) == SchemaState::created ? 1 : 0;
        }));
    }
    for (int i = 0; i < 4; ++i) start.give();
    int created = 0;
    for (auto& child : children) {
        const int code = child->wait();
        CHECK(code <= 1);
        created += code;
    }
    CHECK(created == 1);
}

TEST_CASE("damage is found") {
    const bm::test::TemporaryFolder folder;
    const auto file = folder.path() / "x.db";
    {
        bm::Database database(file, Mode::read_write_create);
        bm::prepare_schema(database);
    }
    std::fstream bytes(file, std::ios::in | std::ios::out | std::ios::binary);
    bytes.seekp(4096 * 3);
    bytes << std::string(4096, '\x5A');
    bytes.close();
    bm::Database database(file, Mode::read_write_create);
    bool sound = true;
    try {
        sound = bm::is_sound(database);
    } catch (const bm::DatabaseError& error) {
        sound = !error.is_corrupt();
    }
    CHECK_FALSE(sound);
}

TEST_CASE("13.1 item 62: a project takes every row with it") {
    bm::Database database(":memory:", Mode::read_write_create);
    bm::prepare_schema(database);
    // Every table that names a project or an entity must be swept: none may lack its foreign key,
    // but for the two that hang on entities.
    auto tables = database.prepare("SELECT name FROM sqlite_schema WHERE type = 'table'");
    auto query = tables.run();
    while (query.step()) {
        const std::string name = query.string(0);
        if (name.starts_with("sqlite_") || name == "counter" || name == "project") continue;
        CAPTURE(name);
        auto keys = database.prepare("SELECT on_delete FROM pragma_foreign_key_list(?)");
        auto key = keys.run();
        key.bind(name);
        bool cascades = false;
        while (key.step()) cascades = cascades || key.text(0) == "CASCADE";
        CHECK(cascades);
    }
}

TEST_CASE("13.1 item 63: no column is generated and stored") {
    bm::Database database(":memory:", Mode::read_write_create);
    bm::prepare_schema(database);
    auto columns = database.prepare(
        "SELECT count(*), sum(x.hidden = 3) FROM sqlite_schema AS s, pragma_table_xinfo(s.name) AS "
        "x"
        " WHERE s.type = 'table'");
    auto query = columns.run();
    REQUIRE(query.step());
    CHECK(query.integer(0) > 50);
    CHECK(query.integer(1) == 0);
}
