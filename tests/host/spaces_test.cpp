#include "host/spaces.hpp"

#include <atomic>
#include <fstream>
#include <future>

#include <doctest/doctest.h>

#include "tests/support/temporary_folder.hpp"

using namespace std::chrono_literals;

namespace bm::test {
namespace {

struct SpacesFixture {
    explicit SpacesFixture(std::size_t most_open, std::chrono::milliseconds idle_time = 1h,
                           std::chrono::milliseconds interval = 1h,
                           std::chrono::milliseconds spared_time = 0ms)
        : spaces(options(most_open, idle_time, interval, spared_time)) {}

    Spaces::Options options(std::size_t most_open, std::chrono::milliseconds idle_time,
                            std::chrono::milliseconds interval,
                            std::chrono::milliseconds spared_time) {
        return {.data = {temporary.path()},
                .log =
                    [this](LogLevel, std::string_view text) {
                        const std::scoped_lock lock(mutex);
                        log += text;
                        log += '\n';
                    },
                .version = "1",
                .accounts =
                    [this] {
                        const std::scoped_lock lock(mutex);
                        ++rounds;
                        return accounts;
                    },
                .most_open = most_open,
                .idle_time = idle_time,
                .spared_time = spared_time,
                .discovery_interval = interval,
                .debounce = 20ms,
                .requests = {.total = 8, .per_client = 3}};
    }

    static Principal caller(std::int64_t account) { return {"same", Scope::write, {}, account}; }

    void serve_accounts(std::vector<std::int64_t> numbers) {
        const std::scoped_lock lock(mutex);
        accounts = std::move(numbers);
    }
    std::filesystem::path root(std::int64_t account) const {
        return HostData{temporary.path()}.space(account).data;
    }
    bool has_said(const std::string& text) {
        const std::scoped_lock lock(mutex);
        return log.find(text) != std::string::npos;
    }

    TemporaryFolder temporary;
    std::vector<std::int64_t> accounts{};
    std::atomic<int> rounds{0};
    std::mutex mutex;
    std::string log;
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

TEST_CASE("what was used a moment ago makes room for nobody") {
    SpacesFixture fixture(2, 1h, 1h, 1h);
    for (const std::int64_t account : {1, 2}) REQUIRE(fixture.spaces.find(account));
    CHECK_FALSE(fixture.spaces.find(3));
    CHECK(fixture.spaces.find(1));
}

TEST_CASE("a space that cannot be opened holds up nobody, and is told of as no missing folder") {
    SpacesFixture fixture(4);
    std::filesystem::create_directories(fixture.temporary.path() / "spaces");
    std::ofstream(fixture.temporary.path() / "spaces" / "1") << "no folder";
    CHECK_FALSE(fixture.spaces.find(1));
    const auto tree = fixture.spaces.find(SpacesFixture::caller(1), "main");
    REQUIRE_FALSE(tree);
    CHECK(tree.error().fault == Fault::unavailable);
    CHECK(fixture.spaces.find(2));
    std::filesystem::remove(fixture.temporary.path() / "spaces" / "1");
    CHECK(fixture.spaces.find(1));
}

TEST_CASE("many who ask at once get one space") {
    SpacesFixture fixture(4);
    std::vector<std::future<Space*>> asked;
    for (int each = 0; each < 8; ++each) {
        asked.push_back(std::async(std::launch::async, [&]() -> Space* {
            const auto space = fixture.spaces.find(1);
            return space ? space->get() : nullptr;
        }));
    }
    std::set<Space*> spaces;
    for (auto& each : asked) spaces.insert(each.get());
    CHECK(spaces.size() == 1);
    CHECK(*spaces.begin() != nullptr);
}

TEST_CASE("an account has so many places for requests, and takes none of another's") {
    SpacesFixture fixture(4);
    std::vector<ServedTree> held;
    for (int each = 0; each < 2; ++each) {
        auto tree = fixture.spaces.find(SpacesFixture::caller(1), "main");
        REQUIRE(tree);
        held.push_back(*std::move(tree));
    }
    auto place = fixture.spaces.take_place(1);
    REQUIRE(place);
    const auto refused = fixture.spaces.find(SpacesFixture::caller(1), "main");
    REQUIRE_FALSE(refused);
    CHECK(refused.error().fault == Fault::unavailable);
    CHECK_FALSE(fixture.spaces.take_place(1));
    CHECK(fixture.spaces.find(SpacesFixture::caller(2), "main"));
    held.pop_back();
    CHECK(fixture.spaces.find(SpacesFixture::caller(1), "main"));
    place->reset();
    CHECK(fixture.spaces.take_place(1));
}

TEST_CASE("rounds of discovery open a closed space for what is new in it alone") {
    SpacesFixture fixture(8, 1ms, 20ms);
    for (const std::int64_t account : {1, 2}) REQUIRE(fixture.spaces.find(account));
    const std::weak_ptr<Space> first = *fixture.spaces.find(1);
    REQUIRE(comes_true([&] { return first.expired(); }));
    // One that was never opened, one that has nothing new, and one that has.
    fixture.serve_accounts({1, 2, 3});
    std::filesystem::create_directory(fixture.root(2) / "news");
    CHECK(comes_true([&] { return fixture.has_said("account 2: Auto-discovered project: news"); }));
    const int before = fixture.rounds;
    CHECK(comes_true([&] { return fixture.rounds > before + 3; }));
    CHECK_FALSE(std::filesystem::exists(fixture.root(3)));
    CHECK_FALSE(fixture.has_said("account 1: "));
    // Somebody at the machine removes a folder: its project gets it back.
    std::filesystem::remove_all(fixture.root(1) / "main");
    CHECK(comes_true([&] { return std::filesystem::exists(fixture.root(1) / "main"); }));
}

TEST_CASE("a folder that a client removes is forgotten before it can be made again") {
    SpacesFixture fixture(4);
    const auto space = *fixture.spaces.find(1);
    const auto tree = fixture.spaces.find(SpacesFixture::caller(1), space->tenant().bucket);
    REQUIRE(tree);
    REQUIRE(space->projects().add("Other", std::nullopt, false));
    REQUIRE(space->projects().remove("Other"));
    std::filesystem::remove(tree->root / "other");
    tree->on_change("other");
    std::filesystem::create_directory(tree->root / "other");
    tree->on_change("other");
    CHECK(comes_true([&] { return space->projects().by_permalink("other").has_value(); }));
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
