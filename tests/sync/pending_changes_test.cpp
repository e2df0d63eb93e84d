#include "sync/pending_changes.hpp"

#include <vector>

#include <doctest/doctest.h>

namespace bm {
namespace {

using std::chrono::milliseconds;
using Paths = std::vector<std::string>;

const PendingChanges::Time kStart{};

TEST_CASE("changes are due after a short quiet time and at the latest after a longer one") {
    PendingChanges pending;
    CHECK_FALSE(pending.due());
    pending.changed("a.md", kStart);
    CHECK(*pending.due() == kStart + milliseconds(40));
    CHECK(pending.take(kStart + milliseconds(39)).is_empty());
    for (int ms = 30; ms <= 600; ms += 30) pending.changed("b.md", kStart + milliseconds(ms));
    CHECK(*pending.due() == kStart + milliseconds(300));
    CHECK(pending.take(kStart + milliseconds(300)).paths() == Paths{"a.md", "b.md"});
    CHECK_FALSE(pending.due());
}

TEST_CASE(
    "a file that somebody writes to is looked at now and then and at once when it is closed") {
    PendingChanges pending;
    pending.growing("log.md", kStart);
    pending.growing("log.md", kStart + milliseconds(1'000));
    CHECK(*pending.due() == kStart + milliseconds(2'000));
    pending.changed("log.md", kStart + milliseconds(1'500));
    CHECK(*pending.due() == kStart + milliseconds(1'540));
    CHECK(pending.take(kStart + milliseconds(1'540)).paths() == Paths{"log.md"});
    CHECK_FALSE(pending.due());
    pending.growing("log.md", kStart);
    CHECK(pending.take(kStart + milliseconds(2'000)).paths() == Paths{"log.md"});
}

TEST_CASE("a delay that somebody chose is obeyed and the usual one means as you like") {
    CHECK(PendingChanges::delays_for(1'000).quiet == milliseconds(40));
    CHECK(PendingChanges::delays_for(5'000).quiet == milliseconds(5'000));
    CHECK(PendingChanges::delays_for(5'000).at_most == milliseconds(5'000));
    CHECK(PendingChanges::delays_for(10).quiet == milliseconds(10));
    CHECK(PendingChanges::delays_for(10).at_most == milliseconds(300));
}

TEST_CASE("what failed is tried again later or with the next change") {
    PendingChanges pending;
    SyncScope scope;
    scope.add("a.md");
    pending.put_back(scope, kStart + milliseconds(2'000));
    CHECK(*pending.due() == kStart + milliseconds(2'000));
    pending.changed("b.md", kStart + milliseconds(500));
    CHECK(*pending.due() == kStart + milliseconds(540));
    CHECK(pending.take(kStart + milliseconds(540)).paths() == Paths{"a.md", "b.md"});
}

TEST_CASE("what is put back for now is due now whatever was put back for later") {
    PendingChanges pending;
    SyncScope scope;
    scope.add("a.md");
    pending.put_back(scope, kStart + milliseconds(60'000));
    pending.put_back(SyncScope::whole_project(), kStart);
    CHECK(*pending.due() == kStart);
    pending.put_back(scope, kStart + milliseconds(60'000));
    CHECK(*pending.due() == kStart);
    CHECK(pending.take(kStart).is_whole_project());
    CHECK_FALSE(pending.due());
}

TEST_CASE("changes without a pause are due in time although something was put back for later") {
    PendingChanges pending;
    SyncScope scope;
    scope.add("a.md");
    pending.put_back(scope, kStart + milliseconds(60'000));
    for (int ms = 0; ms <= 600; ms += 30) pending.changed("b.md", kStart + milliseconds(ms));
    CHECK(*pending.due() == kStart + milliseconds(300));
}

TEST_CASE("a scope holds the outermost paths and turns into everything when it gets long") {
    SyncScope scope;
    for (const char* path : {"a/b.md", "a", "a.md", "ab/c.md", "a/b/c.md"}) scope.add(path);
    CHECK(scope.paths() == Paths{"a", "a.md", "ab/c.md"});
    CHECK_FALSE(scope.is_whole_project());
    for (std::size_t i = 0; i <= SyncScope::kMostPaths; ++i) scope.add(std::to_string(i));
    CHECK(scope.is_whole_project());
    CHECK(scope.paths().empty());
    SyncScope other;
    CHECK(other.is_empty());
    other.add(scope);
    CHECK(other.is_whole_project());
}

}  // namespace
}  // namespace bm
