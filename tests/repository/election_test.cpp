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

}  // namespace
}  // namespace bm
