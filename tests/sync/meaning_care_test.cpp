#include "sync/meaning_care.hpp"

#include <algorithm>
#include <chrono>
#include <thread>

#include <doctest/doctest.h>

#include "repository/file_lock.hpp"
#include "tests/sync/endpoint_fixture.hpp"

namespace {

using bm::test::EndpointFixture;
using bm::test::FakeProvider;
using bm::test::kVeryLong;

/// How often the log says that the endpoint fails.
std::ptrdiff_t times_told(EndpointFixture& base) {
    const auto lines = base.log();
    return std::count_if(lines.begin(), lines.end(), [](const std::string& line) {
        return line.find("The endpoint is not there.") != std::string::npos;
    });
}

}  // namespace

TEST_CASE("vectors are made in the background while others go on") {
    EndpointFixture base;
    base.write_notes(0, 4);
    base.provider->is_held = true;
    bm::MeaningCare care(base.knowledge(), {});
    const auto none =
        care.bring_up_to_date(base.project(), base.provider, std::chrono::milliseconds(10), {});
    REQUIRE(none);
    CHECK_FALSE(none->is_complete);
    // A write does not wait, nor does the next search beyond its patience.
    base.write_notes(4, 6);
    base.provider->is_held = false;
    const auto some = care.bring_up_to_date(base.project(), base.provider, kVeryLong, {});
    REQUIRE(some);
    const auto all = care.bring_up_to_date(base.project(), base.provider, kVeryLong, {});
    REQUIRE(all);
    CHECK(all->is_complete);
    CHECK(all->ready == 6);
}

TEST_CASE("the end cuts background work short, and a failure is told once") {
    EndpointFixture base;
    base.write_notes(0, 4);
    base.provider->is_held = true;
    {
        bm::MeaningCare care(base.knowledge(), {});
        REQUIRE(
            care.bring_up_to_date(base.project(), base.provider, std::chrono::milliseconds(1), {}));
    }
    base.provider->is_held = false;
    base.provider->fails_after = 0;
    bm::MeaningCare care(base.knowledge(), {});
    for (int i = 0; i < 3; ++i) {
        REQUIRE(care.bring_up_to_date(base.project(), base.provider, kVeryLong, {}));
    }
    CHECK(times_told(base) == 1);
}

TEST_CASE("work ends when the settings name another endpoint, and goes on in turns while not") {
    for (const bool is_named : {true, false}) {
        CAPTURE(is_named);
        EndpointFixture base;
        base.write_notes(0, 200);
        base.provider->takes = std::chrono::milliseconds(2);
        const auto find = [&](const bm::Config&) {
            return bm::Result<std::shared_ptr<bm::EmbeddingProvider>>(is_named ? base.provider
                                                                               : nullptr);
        };
        bm::MeaningCare care(base.knowledge(), find, std::chrono::milliseconds(5));
        const auto state = care.bring_up_to_date(base.project(), base.provider, kVeryLong, {});
        REQUIRE(state);
        CHECK(state->is_complete == is_named);
        if (is_named) CHECK(base.provider->passages.load() == 200);
        if (!is_named) CHECK(base.provider->passages.load() < 200);
    }
}

TEST_CASE("work of a project that was removed ends") {
    EndpointFixture base;
    const auto second = base.add_project("second", 200);
    base.provider->is_held = true;
    bm::MeaningCare care(base.knowledge(), {}, std::chrono::milliseconds(1));
    REQUIRE(care.bring_up_to_date(second, base.provider, std::chrono::milliseconds(1), {}));
    // By hand, so that its rows are still there.
    base.folder().write("data/config.json", R"({"projects": {"main": ")" + base.notes().string() +
                                                R"("}, "default_project": "main"})");
    REQUIRE_FALSE(base.knowledge().find_project("second"));
    base.provider->takes = std::chrono::milliseconds(2);
    base.provider->is_held = false;
    const auto state = care.bring_up_to_date(second, base.provider, kVeryLong, {});
    REQUIRE(state);
    CHECK(state->files == 200);
    CHECK_FALSE(state->is_complete);
    CHECK(base.provider->passages.load() < 200);
}

TEST_CASE("projects take turns") {
    EndpointFixture base;
    const auto first = base.add_project("first", 200);
    const auto second = base.add_project("second", 200);
    base.provider->is_held = true;
    base.provider->takes = std::chrono::milliseconds(2);
    bm::MeaningCare care(base.knowledge(), {}, std::chrono::milliseconds(5));
    for (const auto& project : {first, second}) {
        REQUIRE(care.bring_up_to_date(project, base.provider, std::chrono::milliseconds(1), {}));
    }
    base.provider->is_held = false;
    for (const auto& project : {first, second}) {
        const auto state = care.bring_up_to_date(project, base.provider, kVeryLong, {});
        REQUIRE(state);
        CHECK(state->is_complete);
    }
    const std::scoped_lock lock(base.provider->mutex);
    const auto& seen = base.provider->seen;
    const auto of = [](const char* name) {
        return [name](const std::string& text) { return text.find(name) != std::string::npos; };
    };
    const auto begin_of_second = std::find_if(seen.begin(), seen.end(), of("second"));
    const auto rest_of_first = std::find_if(begin_of_second, seen.end(), of("first"));
    REQUIRE(rest_of_first != seen.end());
    // And none comes back only when the other one is complete.
    CHECK(std::find_if(rest_of_first, seen.end(), of("second")) != seen.end());
}

TEST_CASE("each project's failure is told once, whatever becomes of others") {
    EndpointFixture base;
    base.write_notes(0, 2);
    const auto second = base.add_project("second", 2);
    const auto failing = std::make_shared<FakeProvider>();
    failing->fails_after = 0;
    bm::MeaningCare care(base.knowledge(), {});
    for (int i = 0; i < 2; ++i) {
        REQUIRE(care.bring_up_to_date(base.project(), failing, kVeryLong, {}));
        base.folder().write("second/n0.md", "a river in year " + std::to_string(i) + '\n');
        REQUIRE(bm::reconcile_project(base.knowledge(), second));
        const auto state = care.bring_up_to_date(second, base.provider, kVeryLong, {});
        REQUIRE(state);
        CHECK(state->is_complete);
    }
    CHECK(times_told(base) == 1);
}

TEST_CASE("a failure that takes longer than a turn is one") {
    EndpointFixture base;
    base.write_notes(0, 4);
    base.provider->takes = std::chrono::milliseconds(20);
    base.provider->fails_after = 0;
    bm::MeaningCare care(base.knowledge(), {}, std::chrono::milliseconds(1));
    REQUIRE(care.bring_up_to_date(base.project(), base.provider, kVeryLong, {}));
    CHECK(base.provider->calls.load() == 1);
    CHECK(times_told(base) == 1);
}

TEST_CASE("a file that cannot be read is not tried again by each search") {
    for (const bool rests : {true, false}) {
        CAPTURE(rests);
        EndpointFixture base;
        base.write_notes(0, 4);
        const auto note = base.notes() / "n0.md";
        const auto away = base.notes() / "n0.away";
        std::filesystem::rename(note, away);
        bm::MeaningCare care(base.knowledge(), {}, std::chrono::seconds(3),
                             rests ? kVeryLong : std::chrono::milliseconds(0));
        const auto update = [&] {
            const auto state = care.bring_up_to_date(base.project(), base.provider, kVeryLong, {});
            REQUIRE(state);
            return *state;
        };
        const auto first = update();
        CHECK_FALSE(first.is_complete);
        CHECK(first.files == 4);
        CHECK(first.ready == 3);
        if (rests) CHECK(first.unreadable == 1);
        std::filesystem::rename(away, note);
        const auto second = update();
        CHECK(second.is_complete != rests);
        if (rests) CHECK(second.unreadable == 1);
        CHECK(base.provider->passages.load() == (rests ? 3 : 4));
        // What has changed is looked at in any case.
        base.write_notes(4, 5);
        CHECK(update().is_complete);
        CHECK(base.provider->passages.load() == 5);
    }
}

TEST_CASE("whoever waits takes over what another process has left") {
    EndpointFixture base;
    base.write_notes(0, 4);
    auto other = bm::FileLock::try_acquire(base.data() / "locks" /
                                           ("meanings-" + base.project().external_id));
    REQUIRE(other);
    bm::MeaningCare care(base.knowledge(), {});
    const auto none =
        care.bring_up_to_date(base.project(), base.provider, std::chrono::milliseconds(1), {});
    REQUIRE(none);
    CHECK_FALSE(none->is_complete);
    std::jthread ending([&] {
        std::this_thread::sleep_for(std::chrono::milliseconds(250));
        other.reset();
    });
    const auto all = care.bring_up_to_date(base.project(), base.provider, kVeryLong, {});
    REQUIRE(all);
    CHECK(all->is_complete);
    CHECK(base.provider->passages.load() == 4);
}

TEST_CASE("waiting for several projects ends with one deadline") {
    EndpointFixture base;
    base.write_notes(0, 2);
    base.provider->is_held = true;
    bm::MeaningCare care(base.knowledge(), {});
    const auto state = care.bring_up_to_date(base.project(), base.provider, std::chrono::hours(1),
                                             {}, std::chrono::steady_clock::now());
    REQUIRE(state);
    CHECK_FALSE(state->is_complete);
}
