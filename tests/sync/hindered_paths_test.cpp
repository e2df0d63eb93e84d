#include "sync/hindered_paths.hpp"

#include <vector>

#include <doctest/doctest.h>

namespace bm {
namespace {

using std::chrono::seconds;
using Paths = std::vector<std::string>;

const HinderedPaths::Time kBegin{};

SyncScope scope_of(const Paths& paths) {
    SyncScope scope;
    for (const auto& path : paths) scope.add(path);
    return scope;
}

TEST_CASE("each path waits for itself and longer each time") {
    HinderedPaths hindered;
    CHECK_FALSE(hindered.due());
    auto now = kBegin;
    hindered.update(SyncScope::whole_project(), {"closed"}, now);
    for (const int wait : {2, 4, 8, 16}) {
        REQUIRE(hindered.due());
        CHECK(*hindered.due() == now + seconds(wait));
        CHECK(hindered.take(now + seconds(wait) - seconds(1)).is_empty());
        now += seconds(wait);
        CHECK(hindered.take(now).paths() == Paths{"closed"});
        CHECK_FALSE(hindered.due());
        hindered.update(scope_of({"closed"}), {"closed"}, now);
    }
    hindered.update(scope_of({"a.md"}), {"a.md"}, now);
    CHECK(*hindered.due() == now + seconds(2));
    CHECK(hindered.take(now + seconds(2)).paths() == Paths{"a.md"});
    CHECK(*hindered.due() == now + seconds(32));
}

TEST_CASE("whoever waits goes on waiting although others come upon it") {
    HinderedPaths hindered;
    hindered.update(SyncScope::whole_project(), {"closed"}, kBegin);
    hindered.update(scope_of({"closed/a.md"}), {"closed"}, kBegin + seconds(1));
    hindered.update(SyncScope::whole_project(), {"closed"}, kBegin + seconds(1));
    CHECK(*hindered.due() == kBegin + seconds(2));
}

TEST_CASE("what could be looked at is forgotten and what lies elsewhere is not") {
    HinderedPaths hindered;
    hindered.update(SyncScope::whole_project(), {"a", "b"}, kBegin);
    hindered.update(scope_of({"a/x.md", "c"}), {}, kBegin + seconds(1));
    CHECK(hindered.take(kBegin + seconds(2)).paths() == Paths{"a", "b"});
    hindered.update(scope_of({"a"}), {}, kBegin + seconds(2));
    // That run said nothing of the other path: it is not lost, a run that covers it is still to
    // come.
    CHECK_FALSE(hindered.due());
    hindered.update(SyncScope::whole_project(), {"a", "b"}, kBegin + seconds(3));
    CHECK(hindered.take(kBegin + seconds(5)).paths() == Paths{"a"});
    CHECK(hindered.take(kBegin + seconds(7)).paths() == Paths{"b"});
    hindered.update(SyncScope::whole_project(), {}, kBegin + seconds(8));
    CHECK_FALSE(hindered.due());
}

TEST_CASE("many paths are one run over everything that comes later and later too") {
    std::set<std::string> many;
    for (std::size_t i = 0; i <= SyncScope::kMostPaths; ++i) many.insert(std::to_string(i));
    HinderedPaths hindered;
    auto now = kBegin;
    SUBCASE("of one run") { hindered.update(SyncScope::whole_project(), many, now); }
    SUBCASE("of several runs") {
        for (const auto& path : many) hindered.update(scope_of({path}), {path}, now);
    }
    for (const int wait : {2, 4, 8}) {
        REQUIRE(hindered.due());
        CHECK(*hindered.due() == now + seconds(wait));
        now += seconds(wait);
        CHECK(hindered.take(now).is_whole_project());
        CHECK_FALSE(hindered.due());
        hindered.update(SyncScope::whole_project(), many, now);
    }
}

}  // namespace
}  // namespace bm
