#include "sync/round_trip.hpp"

#include <algorithm>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "tests/sync/fixture.hpp"

namespace {

using Lines = std::vector<std::string>;

/// The folders of the history.
Lines shelves(bm::test::KnowledgeFixture& it) {
    Lines names;
    const auto history = it.data() / "history";
    if (!std::filesystem::exists(history)) return names;
    for (const auto& entry : std::filesystem::directory_iterator(history)) {
        if (entry.is_directory()) names.push_back(entry.path().filename().string());
    }
    return names;
}

}  // namespace

TEST_CASE("the round trip passes and leaves nothing behind") {
    bm::test::KnowledgeFixture it;
    const bm::test::TemporaryFolder folder;
    std::vector<std::string> steps;
    const auto done = bm::try_round_trip(
        it.knowledge(), folder.path(), [&](std::string_view step) { steps.emplace_back(step); },
        [] { return false; });
    CHECK(done);
    CHECK(steps.size() == 8);
    CHECK(std::filesystem::is_empty(folder.path()));
    CHECK(it.knowledge().projects().size() == 1);
    CHECK(shelves(it) == Lines{});
}

TEST_CASE("a round trip that is interrupted leaves nothing behind either") {
    bm::test::KnowledgeFixture it;
    const bm::test::TemporaryFolder folder;
    for (int steps_before : {0, 2, 4}) {
        const auto done = bm::try_round_trip(
            it.knowledge(), folder.path(), [](std::string_view) {},
            [&] { return steps_before-- == 0; });
        CHECK_FALSE(done);
        CHECK(std::filesystem::is_empty(folder.path()));
        CHECK(it.knowledge().projects().size() == 1);
        CHECK(shelves(it) == Lines{});
    }
}

TEST_CASE("what a round trip that was killed left behind can be removed") {
    bm::test::KnowledgeFixture it;
    const bm::test::TemporaryFolder folder;
    const bm::test::TemporaryFolder elsewhere;
    const auto add = [&](const std::string& name, const std::filesystem::path& where) {
        REQUIRE(it.knowledge().add_project(name, (where / name).string(), false));
    };
    add("doctor-0a1b2c3d", folder.path());
    folder.write("doctor-0a1b2c3d/By Hand.md", "x");
    folder.write("doctor-0a1b2c3d/.doctor.lock", "");
    add("doctor-00000000", folder.path());
    std::filesystem::remove_all(folder.path() / "doctor-00000000");
    // Whatever is called like that: these are somebody's.
    add("doctor-notes", folder.path());
    add("doctor-22222222", folder.path());
    folder.write("doctor-22222222/Mine.md", "x");
    add("doctor-11111111", elsewhere.path());
    const auto names = [&] {
        Lines all;
        for (const auto& project : it.knowledge().projects()) all.push_back(project.name.str());
        std::sort(all.begin(), all.end());
        return all;
    };
    // One that is under way in another process is not disturbed.
    const auto other = it.another_process();
    const auto done = bm::try_round_trip(
        it.knowledge(), folder.path(),
        [&](std::string_view step) {
            if (step != "A note is written") return;
            bm::remove_dead_round_trips(*other, folder.path());
            CHECK(bm::try_round_trip(
                *other, folder.path(), [](std::string_view) {}, [] { return false; }));
        },
        [] { return false; });
    CHECK(done);
    CHECK(names() == Lines{"doctor-11111111", "doctor-22222222", "doctor-notes", "main"});
    CHECK(std::filesystem::exists(folder.path() / "doctor-22222222/Mine.md"));
    CHECK_FALSE(std::filesystem::exists(folder.path() / "doctor-0a1b2c3d"));
    CHECK(std::filesystem::exists(folder.path() / "doctor-notes"));
    const auto projects = it.knowledge().projects();
    CHECK(std::count_if(projects.begin(), projects.end(), [&](const bm::Project& project) {
              return bm::is_of_round_trip(project, folder.path());
          }) == 1);
}
