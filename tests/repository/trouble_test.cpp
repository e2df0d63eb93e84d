#include "repository/trouble.hpp"

#include <cerrno>
#include <new>
#include <stdexcept>
#include <system_error>

#include <doctest/doctest.h>
#include <sqlite3.h>

#include "repository/database.hpp"
#include "tests/support/temporary_folder.hpp"

namespace {

using bm::with_way_out;

std::string told(const std::exception& problem) {
    const auto trouble = bm::trouble_of(problem, "/data/index.db");
    if (!trouble) return "";
    CHECK(trouble->fault == bm::Fault::unavailable);
    return trouble->message;
}

bm::DatabaseError database_error(int code, int system_error = 0) {
    return {"query: SQLite's words", code, system_error};
}

}  // namespace

TEST_CASE("a message that tells of a system error gets a way out, once") {
    const std::string full = with_way_out("Failed to write file: a.md: No space left on device");
    CHECK(
        full ==
        "Failed to write file: a.md: No space left on device. Free some space on that disk and try "
        "again.");
    CHECK(with_way_out(full) == full);
    CHECK(with_way_out("a.md is not UTF-8 text") == "a.md is not UTF-8 text");
}

TEST_CASE("what SQLite refuses is told in words for people") {
    struct Row {
        int code;
        int system_error;
        const char* message;
    };
    const Row rows[] = {
        {SQLITE_BUSY, 0,
         "The index /data/index.db is locked by another program. Close what uses it, or try again "
         "in a moment."},
        {SQLITE_FULL, 0,
         "The index /data/index.db cannot be written: No space left on device. Free some space on "
         "that disk and try again."},
        {SQLITE_CORRUPT, 0,
         "The index /data/index.db was damaged. It is made anew from your files, which are whole: "
         "try again in a moment, or run `bm doctor`."},
        {SQLITE_READONLY, 0,
         "The index /data/index.db cannot be written. Make it and its folder writable, or set "
         "BASIC_MEMORY_CONFIG_DIR to a folder that is, and try again."},
        {SQLITE_IOERR_READ, EIO,
         "The index /data/index.db cannot be used: Input/output error. Check the disk and try "
         "again."},
        {SQLITE_CANTOPEN, 0,
         "The index /data/index.db cannot be used: SQLite gives no reason. Try again; `bm doctor` "
         "looks into it if it stays like that."},
    };
    for (const auto& row : rows) {
        CAPTURE(row.code);
        CHECK(told(database_error(row.code, row.system_error)) == row.message);
    }
}

TEST_CASE("a fault of ours is no trouble of the machine") {
    CHECK(told(std::logic_error("two tools are called x")).empty());
    CHECK(told(database_error(SQLITE_CONSTRAINT)).empty());
    CHECK(told(database_error(SQLITE_ERROR)).empty());
}

TEST_CASE("what the system refuses is told with what it was asked for") {
    CHECK(told(std::system_error(EMFILE, std::generic_category(), "cannot open /data/locks/1")) ==
          "Cannot open /data/locks/1: Too many open files. Close programs that keep many files "
          "open, or raise the limit (`ulimit -n`), and try again.");
    CHECK(told(std::filesystem::filesystem_error("cannot rename", "/data/x",
                                                 std::make_error_code(std::errc::io_error))) ==
          "/data/x cannot be used: Input/output error. Check the disk and try again.");
    CHECK(told(std::bad_alloc()) ==
          "There is not enough memory. Close other programs and try again.");
}

TEST_CASE("an error of a real database carries the system's reason") {
    const bm::test::TemporaryFolder folder;
    try {
        const bm::Database database(folder.path() / "no" / "such" / "folder.db",
                                    bm::Database::Mode::read_write_create);
        FAIL("it was opened");
    } catch (const bm::DatabaseError& error) {
        CHECK(error.is_trouble());
        CHECK(error.system_error() == ENOENT);
    }
}
