#include "repository/database.hpp"

#include <filesystem>
#include <string>
#include <thread>

#include <doctest/doctest.h>

#include "tests/support/temporary_folder.hpp"

namespace fs = std::filesystem;

namespace {

using Mode = bm::Database::Mode;

std::int64_t number(bm::Database& database, const std::string& sql) {
    auto statement = database.prepare(sql);
    auto query = statement.run();
    REQUIRE(query.step());
    return query.integer(0);
}

}  // namespace

TEST_CASE("values come back as they were bound") {
    bm::Database database(":memory:", Mode::read_write_create);
    database.exec("CREATE TABLE t (a, b, c, d, e)");
    auto insert = database.prepare("INSERT INTO t VALUES (?, ?, ?, ?, ?)");
    const std::string with_nul("a\0b", 3);
    insert.run()
        .bind(-9'000'000'000)
        .bind(1.5)
        .bind(with_nul)
        .bind_blob(std::string_view("\0\xFF", 2))
        .bind_null()
        .done();
    CHECK(database.last_insert_id() == 1);
    CHECK(database.changes() == 1);
    auto select = database.prepare("SELECT a, b, c, d, e FROM t");
    auto query = select.run();
    REQUIRE(query.step());
    CHECK(query.integer(0) == -9'000'000'000);
    CHECK(query.real(1) == 1.5);
    CHECK(query.text(2) == with_nul);
    CHECK(query.blob(3) == std::string_view("\0\xFF", 2));
    CHECK(query.is_null(4));
    CHECK_FALSE(query.optional_string(4));
    CHECK_FALSE(query.optional_integer(4));
    CHECK(query.optional_integer(0) == -9'000'000'000);
    CHECK_FALSE(query.step());
}

TEST_CASE("an empty text is not NULL and an absent optional is") {
    bm::Database database(":memory:", Mode::read_write_create);
    database.exec("CREATE TABLE t (a, b, c)");
    auto insert = database.prepare("INSERT INTO t VALUES (?, ?, ?)");
    insert.run()
        .bind(std::string_view())
        .bind(std::optional<std::string>())
        .bind_blob(std::string_view())
        .done();
    auto select = database.prepare("SELECT a, b, c FROM t");
    auto query = select.run();
    REQUIRE(query.step());
    CHECK_FALSE(query.is_null(0));
    CHECK(query.is_null(1));
    CHECK_FALSE(query.is_null(2));
}

TEST_CASE("a statement can be run again with fewer values than before") {
    bm::Database database(":memory:", Mode::read_write_create);
    auto statement = database.prepare("SELECT ?");
    {
        auto query = statement.run();
        query.bind("first").step();
        CHECK(query.text(0) == "first");
    }
    auto query = statement.run();
    query.step();
    CHECK(query.is_null(0));
}

TEST_CASE("errors say what they are by their code") {
    const bm::test::TemporaryFolder folder;
    bm::Database database(":memory:", Mode::read_write_create);
    database.exec("CREATE TABLE t (a UNIQUE)");
    database.exec("INSERT INTO t VALUES (1)");
    try {
        database.exec("INSERT INTO t VALUES (1)");
        FAIL("no error");
    } catch (const bm::DatabaseError& error) {
        CHECK(error.is_constraint());
        CHECK_FALSE(error.is_busy());
        CHECK_FALSE(error.is_corrupt());
        CHECK_FALSE(error.is_full());
    }
    folder.write("not-a-database", std::string(8192, 'x'));
    try {
        const bm::Database other(folder.path() / "not-a-database", Mode::read_write_create);
        FAIL("no error");
    } catch (const bm::DatabaseError& error) {
        CHECK(error.is_corrupt());
    }
    CHECK_THROWS_AS(bm::Database(folder.path() / "no/folder/x.db", Mode::read_write_create),
                    bm::DatabaseError);
    CHECK_THROWS_AS(bm::Database(folder.path() / "missing.db", Mode::read_only), bm::DatabaseError);
    CHECK_THROWS_AS((void)database.prepare("SELEKT").run(), bm::DatabaseError);
}

TEST_CASE("a transaction that is not committed leaves nothing") {
    bm::Database database(":memory:", Mode::read_write_create);
    database.exec("CREATE TABLE t (a)");
    {
        const bm::Transaction transaction(database);
        database.exec("INSERT INTO t VALUES (1)");
        CHECK(database.in_transaction());
    }
    CHECK_FALSE(database.in_transaction());
    CHECK(number(database, "SELECT count(*) FROM t") == 0);
    {
        bm::Transaction transaction(database);
        database.exec("INSERT INTO t VALUES (1)");
        transaction.commit();
    }
    CHECK(number(database, "SELECT count(*) FROM t") == 1);
}

TEST_CASE("a snapshot sees one state while others write") {
    const bm::test::TemporaryFolder folder;
    bm::Database writer(folder.path() / "x.db", Mode::read_write_create);
    writer.exec("CREATE TABLE t (a)");
    bm::Database reader(folder.path() / "x.db", Mode::read_write_create);
    {
        const bm::Snapshot snapshot(reader);
        CHECK(number(reader, "SELECT count(*) FROM t") == 0);
        writer.exec("INSERT INTO t VALUES (1)");
        CHECK(number(reader, "SELECT count(*) FROM t") == 0);
    }
    CHECK(number(reader, "SELECT count(*) FROM t") == 1);
}

TEST_CASE("another connection's commit changes the data version") {
    const bm::test::TemporaryFolder folder;
    bm::Database one(folder.path() / "x.db", Mode::read_write_create);
    one.exec("CREATE TABLE t (a)");
    bm::Database two(folder.path() / "x.db", Mode::read_write_create);
    const auto before = two.data_version();
    CHECK(two.data_version() == before);
    one.exec("INSERT INTO t VALUES (1)");
    CHECK(two.data_version() != before);
}

TEST_CASE("a read-only connection cannot write") {
    const bm::test::TemporaryFolder folder;
    bm::Database(folder.path() / "x.db", Mode::read_write_create).exec("CREATE TABLE t (a)");
    bm::Database reader(folder.path() / "x.db", Mode::read_only);
    CHECK(number(reader, "SELECT count(*) FROM t") == 0);
    CHECK_THROWS_AS(reader.exec("INSERT INTO t VALUES (1)"), bm::DatabaseError);
}

TEST_CASE("foreign keys are enforced") {
    bm::Database database(":memory:", Mode::read_write_create);
    database.exec(
        "CREATE TABLE p (id INTEGER PRIMARY KEY);"
        "CREATE TABLE c (p REFERENCES p (id) ON DELETE CASCADE)");
    CHECK_THROWS_AS(database.exec("INSERT INTO c VALUES (1)"), bm::DatabaseError);
    database.exec("INSERT INTO p VALUES (1); INSERT INTO c VALUES (1); DELETE FROM p");
    CHECK(number(database, "SELECT count(*) FROM c") == 0);
}

TEST_CASE("SQL can fold the case of every script") {
    bm::Database database(":memory:", Mode::read_write_create);
    auto statement = database.prepare("SELECT case_folded(?), case_folded(NULL), case_folded(12)");
    auto query = statement.run();
    REQUIRE(query.bind("GRÖẞE План").step());
    CHECK(query.text(0) == "grösse план");
    CHECK(query.is_null(1));
    CHECK(query.text(2) == "12");
}

TEST_CASE("a running query can be stopped from another thread") {
    bm::Database database(":memory:", Mode::read_write_create);
    std::jthread stopper([&] {
        std::this_thread::sleep_for(std::chrono::milliseconds(20));
        database.interrupt();
    });
    auto statement = database.prepare(
        "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n");
    CHECK_THROWS_AS((void)statement.run().step(), bm::DatabaseError);
}

TEST_CASE("the log is tidied away at the end unless it shall stay") {
    const bm::test::TemporaryFolder folder;
    {
        bm::Database database(folder.path() / "x.db", Mode::read_write_create);
        database.exec("CREATE TABLE t (a)");
        CHECK(fs::exists(folder.path() / "x.db-wal"));
    }
    CHECK_FALSE(fs::exists(folder.path() / "x.db-wal"));
    {
        bm::Database database(folder.path() / "x.db", Mode::read_write_create);
        database.exec("INSERT INTO t VALUES (1)");
        database.leave_log_on_close();
    }
    CHECK(fs::exists(folder.path() / "x.db-wal"));
    bm::Database database(folder.path() / "x.db", Mode::read_write_create);
    CHECK(number(database, "SELECT count(*) FROM t") == 1);
}

TEST_CASE("a log that nobody empties is emptied by whoever makes it too long") {
    const bm::test::TemporaryFolder folder;
    bm::Database database(folder.path() / "x.db", Mode::read_write_create);
    database.exec("CREATE TABLE t (a)");
    const std::string insert = "INSERT INTO t VALUES (zeroblob(4000000))";
    for (int i = 0; i < 30; ++i) database.exec(insert);
    CHECK(fs::file_size(folder.path() / "x.db-wal") < (80U << 20));
}

TEST_CASE("the log does not stay large after a large transaction") {
    const bm::test::TemporaryFolder folder;
    bm::Database database(folder.path() / "x.db", Mode::read_write_create);
    database.exec("CREATE TABLE t (a)");
    {
        bm::Transaction transaction(database);
        auto insert = database.prepare("INSERT INTO t VALUES (?)");
        const std::string row(100'000, 'x');
        for (int i = 0; i < 400; ++i) insert.run().bind(row).done();
        transaction.commit();
    }
    CHECK(fs::file_size(folder.path() / "x.db-wal") > (36U << 20));
    CHECK(database.log_pages() > 8'000);
    database.checkpoint();
    database.exec("INSERT INTO t VALUES (1)");
    CHECK(database.log_pages() < 10);
    CHECK(fs::file_size(folder.path() / "x.db-wal") <= (33U << 20));
}
