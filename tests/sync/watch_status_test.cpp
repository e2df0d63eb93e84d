#include "sync/watch_status.hpp"

#include <filesystem>
#include <memory>
#include <string>
#include <utility>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>
#include <unistd.h>

#include "sync/watcher.hpp"
#include "tests/sync/watched_fixture.hpp"

namespace bm {
namespace {

namespace fs = std::filesystem;
using test::eventually;
using test::Told;
using test::WatchedFixture;

std::string status_of(const WatchedFixture& fixture) {
    return fixture.folder().read("data/watch-status.json");
}

bool comes_to_say(const WatchedFixture& fixture, const std::string& text) {
    const bool does =
        eventually([&] { return status_of(fixture).find(text) != std::string::npos; });
    if (!does) MESSAGE("not in the status: ", text, "\n", status_of(fixture));
    return does;
}

TEST_CASE("the watcher's state stands in watch-status.json") {
    WatchedFixture fixture;
    fixture.start();
    CHECK(comes_to_say(fixture, "\"running\": true"));
    CHECK(comes_to_say(fixture, "\"pid\": " + std::to_string(::getpid())));
    fixture.write("a.md", "# A");
    CHECK(comes_to_say(fixture, "\"action\": \"new\""));
    CHECK(comes_to_say(fixture, checksum_of("# A").hex()));
    fixture.write("bad.md", "\xFF");
    CHECK(comes_to_say(fixture, "\"status\": \"error\""));
    CHECK(comes_to_say(fixture, "\"error_count\": 1"));
    fs::rename(fixture.notes() / "a.md", fixture.notes() / "b.md");
    CHECK(comes_to_say(fixture, "\"a.md -> b.md\""));
    CHECK(comes_to_say(fixture, "\"synced_files\": 2"));
    fs::remove(fixture.notes() / "b.md");
    CHECK(comes_to_say(fixture, "\"action\": \"deleted\""));
    // The newest comes first.
    const std::string status = status_of(fixture);
    CHECK(status.find("\"deleted\"") < status.find("\"moved\""));
    CHECK(status.find("\"moved\"") < status.find("\"new\""));
    const auto mode = fs::status(fixture.data() / "watch-status.json").permissions();
    CHECK((mode & ~fs::perms(0644)) == fs::perms::none);

    Told told;
    Watcher::Options options;
    options.listener = told.listener();
    auto waiting = std::make_unique<Watcher>(fixture.knowledge(), std::move(options));
    REQUIRE(told.is(WatchState::waiting));
    waiting.reset();
    CHECK(status_of(fixture).find("\"running\": true") != std::string::npos);
    fixture.watcher.reset();
    CHECK(status_of(fixture).find("\"running\": false") != std::string::npos);
}

TEST_CASE("at most a hundred changes are kept in watch-status.json") {
    WatchedFixture fixture;
    for (int i = 0; i < 130; ++i) fixture.write("n" + std::to_string(i) + ".md", "x");
    fixture.start();
    REQUIRE(comes_to_say(fixture, "\"synced_files\": 130"));
    const std::string status = status_of(fixture);
    int changes = 0;
    for (auto at = status.find("\"path\""); at != std::string::npos;
         at = status.find("\"path\"", at + 1)) {
        ++changes;
    }
    CHECK(changes == 100);
}

TEST_CASE("processes that watch different projects tell the truth about both") {
    WatchedFixture fixture;
    REQUIRE(fixture.knowledge().add_project("other", (fixture.folder().path() / "other").string(),
                                            false));
    const auto bound_to = [&](const char* project) {
        return std::make_unique<KnowledgeBase>(
            KnowledgeBase::Parts{fixture.knowledge().directory(), fixture.knowledge().environment(),
                                 system_now, [](LogLevel, std::string_view) {}, project});
    };
    const auto main = bound_to("main");
    const auto other = bound_to("other");
    const auto of = [&](const char* project) {
        auto all = nlohmann::json::parse(status_of(fixture), nullptr, false);
        return all.is_object() ? all["projects"][project] : nlohmann::json();
    };
    Told told;
    const auto watch = [&](KnowledgeBase& knowledge, const char* project) {
        Watcher::Options options;
        options.listener = told.listener();
        auto watcher = std::make_unique<Watcher>(knowledge, std::move(options));
        REQUIRE(told.is(WatchState::watching, project));
        return watcher;
    };
    auto watches_main = watch(*main, "main");
    auto watches_other = watch(*other, "other");
    fixture.write("a.md", "x");
    CHECK(eventually([&] { return of("main")["synced_files"] == 1; }));
    fixture.folder().write("other/b.md", "x");
    CHECK(eventually([&] { return of("other")["synced_files"] == 1; }));
    auto all = nlohmann::json::parse(status_of(fixture));
    CHECK(all["running"] == true);
    CHECK(all["synced_files"] == 2);
    REQUIRE(all["recent_events"].size() == 2);
    CHECK(all["recent_events"][0]["project"] == "other");
    CHECK(all["recent_events"][1]["project"] == "main");
    CHECK(who_watches(*other, *other->find_project("main"))->process == ::getpid());
    watches_main.reset();
    CHECK_FALSE(who_watches(*other, *other->find_project("main")));
    all = nlohmann::json::parse(status_of(fixture));
    CHECK(all["running"] == true);
    CHECK(all["projects"]["main"]["running"] == false);
    CHECK(all["projects"]["other"]["running"] == true);
    // Of a project that is gone nothing is left.
    watches_other.reset();
    watches_main = watch(fixture.knowledge(), "other");
    REQUIRE(fixture.knowledge().remove_project("other"));
    CHECK(eventually([&] { return of("other").is_null(); }));
    CHECK(of("main")["running"] == true);
    watches_main.reset();
    CHECK(nlohmann::json::parse(status_of(fixture))["running"] == false);
}

TEST_CASE("what stands in watch-status.json and is none is replaced") {
    WatchedFixture fixture;
    fixture.folder().write("data/watch-status.json", "{\"projects\": [1], \"recent_events\": 3");
    fixture.start();
    CHECK(comes_to_say(fixture, "\"running\": true"));
    fixture.watcher.reset();
    fixture.folder().write("data/watch-status.json",
                           R"({"projects": {"main": 1, "gone": {}}, "recent_events": [1, {}]})");
    fixture.start();
    CHECK(comes_to_say(fixture, "\"running\": true"));
}

}  // namespace
}  // namespace bm
