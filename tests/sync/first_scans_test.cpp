#include "sync/first_scans.hpp"

#include <chrono>
#include <filesystem>
#include <memory>
#include <optional>
#include <thread>
#include <vector>

#include <doctest/doctest.h>

#include "sync/reconcile.hpp"
#include "sync/watcher.hpp"
#include "tests/sync/fixture.hpp"

namespace bm {
namespace {

using test::KnowledgeFixture;
using Clock = std::chrono::steady_clock;

bool waits(KnowledgeFixture& fixture, std::vector<Project>& projects,
           const std::stop_token& stop = {}) {
    return wait_for_first_scans(fixture.knowledge(), projects, stop);
}

TEST_CASE("while a watcher lives everybody knows that somebody scans") {
    KnowledgeFixture fixture;
    const auto other = fixture.another_process();
    CHECK_FALSE(scanned_in_background_since(fixture.knowledge()));
    auto watcher = std::make_unique<Watcher>(fixture.knowledge());
    // At once: its thread may not run yet.
    CHECK(scanned_in_background_since(fixture.knowledge()));
    const auto since = scanned_in_background_since(*other);
    REQUIRE(since);
    CHECK(system_now() - *since < std::chrono::minutes(1));
    std::optional<ScanService> second(std::in_place, *other);
    watcher.reset();
    CHECK(scanned_in_background_since(fixture.knowledge()));
    second.reset();
    CHECK_FALSE(scanned_in_background_since(fixture.knowledge()));
    CHECK_FALSE(scanned_in_background_since(*other));
}

TEST_CASE("whoever waits for a small project finds it scanned") {
    KnowledgeFixture fixture;
    for (int i = 0; i < 20; ++i) fixture.write(std::to_string(i) + ".md", "x");
    const Watcher watcher(fixture.knowledge());
    std::vector<Project> projects{fixture.project()};
    CHECK(waits(fixture, projects));
    CHECK(fixture.knowledge().was_scanned(projects.front()));
}

TEST_CASE("nobody waits for a scan that nobody makes") {
    KnowledgeFixture fixture;
    std::vector<Project> projects{fixture.project()};
    CHECK_FALSE(waits(fixture, projects));
    fixture.folder().write("data/config.json",
                           R"({"projects": {"main": ")" + fixture.notes().string() +
                               R"("}, "default_project": "main", "sync_changes": false})");
    fixture.reopen();
    const ScanService service(fixture.knowledge());
    projects = {fixture.project()};
    CHECK_FALSE(waits(fixture, projects));
}

TEST_CASE("a long first scan is waited for once, and by nobody who was told to stop") {
    KnowledgeFixture fixture;
    const ScanService service(fixture.knowledge());
    std::vector<Project> projects{fixture.project()};
    std::stop_source stop;
    stop.request_stop();
    const auto begun = Clock::now();
    CHECK(waits(fixture, projects, stop.get_token()));
    CHECK(Clock::now() - begun < std::chrono::seconds(2));
    CHECK(waits(fixture, projects));
    CHECK(Clock::now() - begun >= std::chrono::milliseconds(2000));
    CHECK_FALSE(fixture.knowledge().was_scanned(projects.front()));
    const auto again = Clock::now();
    CHECK(waits(fixture, projects));
    CHECK(Clock::now() - again < std::chrono::seconds(2));
}

TEST_CASE("whoever waits while the index is replaced gets the new row") {
    KnowledgeFixture fixture;
    fixture.write("a.md", "x");
    const ScanService service(fixture.knowledge());
    std::vector<Project> projects{fixture.project()};
    const std::string old_row = projects.front().external_id;
    std::jthread scanner([&fixture] {
        std::this_thread::sleep_for(std::chrono::milliseconds(100));
        for (const char* name : {"index.db", "index.db-wal", "index.db-shm"}) {
            std::filesystem::remove(fixture.data() / name);
        }
        CHECK(reconcile_project(fixture.knowledge(), fixture.project()));
    });
    CHECK(waits(fixture, projects));
    scanner.join();
    CHECK(projects.front().external_id != old_row);
    CHECK(fixture.knowledge().was_scanned(projects.front()));
}

TEST_CASE("the sentence about projects that are not scanned names them") {
    CHECK(unscanned_sentence({"main"}) ==
          "The index of the project 'main' is still being built from the files, so notes may be "
          "missing here: search again in a moment.");
    CHECK(unscanned_sentence({"a", "b"})
              .starts_with("The indexes of the projects 'a', 'b' are still being built"));
}

}  // namespace
}  // namespace bm
