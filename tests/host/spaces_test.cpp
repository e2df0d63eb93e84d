#include "host/spaces.hpp"

#include <fstream>

#include <doctest/doctest.h>

#include "tests/support/temporary_folder.hpp"

using namespace std::chrono_literals;

namespace bm::test {
namespace {

struct SpacesFixture {
    explicit SpacesFixture(std::size_t most_open, std::chrono::milliseconds idle_time = 1h,
                           std::chrono::milliseconds interval = 1h)
        : spaces({.data = {temporary.path()},
                  .log = [](LogLevel, std::string_view) {},
                  .version = "1",
                  .accounts = [] { return std::vector<std::int64_t>{}; },
                  .most_open = most_open,
                  .idle_time = idle_time,
                  .discovery_interval = interval,
                  .debounce = 20ms}) {}

    static Principal caller(std::int64_t account) { return {"same", Scope::write, {}, account}; }

    TemporaryFolder temporary;
    Spaces spaces;
};

/// Whether that comes true before long.
template <class Test>
bool comes_true(Test&& test) {
    for (int tries = 0; tries < 1000; ++tries) {
        if (test()) return true;
        std::this_thread::sleep_for(10ms);
    }
    return false;
}

}  // namespace

TEST_CASE("spaces are opened when asked for, and only so many that somebody holds") {
    SpacesFixture fixture(2);
    auto first = fixture.spaces.find(1);
    const auto second = fixture.spaces.find(2);
    REQUIRE(first);
    REQUIRE(second);
    CHECK(fixture.spaces.find(1)->get() == first->get());
    const auto third = fixture.spaces.find(3);
    REQUIRE_FALSE(third);
    CHECK(third.error().fault == Fault::unavailable);
    const std::weak_ptr<Space> gone = *first;
    first->reset();
    CHECK(fixture.spaces.find(3));
    CHECK(gone.expired());
    CHECK(fixture.spaces.find(2)->get() == second->get());
}

TEST_CASE("a space that nobody holds is closed after a while") {
    SpacesFixture fixture(4, 1ms, 20ms);
    auto held = fixture.spaces.find(1);
    REQUIRE(held);
    const std::weak_ptr<Space> space = *held;
    std::this_thread::sleep_for(100ms);
    CHECK_FALSE(space.expired());
    held->reset();
    CHECK(comes_true([&] { return space.expired(); }));
}

TEST_CASE("a tree is its caller's alone, whatever it is called") {
    SpacesFixture fixture(4);
    const auto bucket = (*fixture.spaces.find(1))->tenant().bucket;
    const auto own = fixture.spaces.find(SpacesFixture::caller(1), bucket);
    REQUIRE(own);
    CHECK(own->root == fixture.temporary.path() / "spaces" / "1");
    CHECK_FALSE(fixture.spaces.find(SpacesFixture::caller(2), bucket));
    CHECK_FALSE(fixture.spaces.find(Principal{"token/1", Scope::write, {}, {}}, bucket));
    const auto project = fixture.spaces.find(SpacesFixture::caller(2), "main");
    REQUIRE(project);
    CHECK(project->root == fixture.temporary.path() / "spaces" / "2" / "main");
    CHECK_FALSE(fixture.spaces.find(SpacesFixture::caller(1), "nothing"));
    CHECK_FALSE(fixture.spaces.find(SpacesFixture::caller(1), ".."));
}

TEST_CASE("what is written into a new folder of a tree becomes a project after a moment") {
    SpacesFixture fixture(4);
    auto& projects = (*fixture.spaces.find(1))->projects();
    const auto tree =
        fixture.spaces.find(SpacesFixture::caller(1), (*fixture.spaces.find(1))->tenant().bucket);
    std::filesystem::create_directory(tree->root / "new");
    std::ofstream(tree->root / "new" / "a.md") << "# A\n";
    tree->on_change("new/a.md");
    CHECK(comes_true([&] { return projects.by_permalink("new").has_value(); }));
}

}  // namespace bm::test
