#include "repository/election.hpp"

#include <memory>

#include <doctest/doctest.h>

#include "tests/support/temporary_folder.hpp"

namespace bm {
namespace {

TEST_CASE("one candidate wins and the next one when that is gone") {
    const test::TemporaryFolder folder;
    const auto file = folder.path() / "locks/watch/x.lock";
    auto first = std::make_unique<Election>(file);
    Election second(file);
    CHECK(first->try_win());
    CHECK(first->try_win());
    CHECK_FALSE(second.try_win());
    CHECK_FALSE(second.is_won());
    first.reset();
    CHECK(second.try_win());
    CHECK(second.is_won());
    CHECK_FALSE(Election(file).try_win());
}

TEST_CASE("of a holder and a candidate one holds the post after the lock file was deleted") {
    const test::TemporaryFolder folder;
    const auto file = folder.path() / "locks/watch/x.lock";
    Election holder(file);
    REQUIRE(holder.try_win());
    Election waiting(file);
    REQUIRE_FALSE(waiting.try_win());
    std::filesystem::remove_all(folder.path() / "locks");
    // Who comes later finds no file that is locked.
    Election newcomer(file);
    REQUIRE(newcomer.try_win());
    CHECK_FALSE(holder.try_win());
    CHECK_FALSE(holder.is_won());
    CHECK_FALSE(waiting.try_win());
    CHECK(Election::is_held(file));

    std::filesystem::remove(file);
    CHECK(newcomer.try_win());
    CHECK_FALSE(holder.try_win());
    CHECK_FALSE(waiting.try_win());
    CHECK(Election::is_held(file));
}

TEST_CASE("a holder keeps its post where the lock file cannot be made again") {
    const test::TemporaryFolder folder;
    const auto file = folder.path() / "locks/watch/x.lock";
    Election holder(file);
    REQUIRE(holder.try_win());
    std::filesystem::remove_all(folder.path() / "locks");
    folder.write("locks", "a file");
    CHECK(holder.try_win());
    CHECK(holder.is_won());
}

}  // namespace
}  // namespace bm
