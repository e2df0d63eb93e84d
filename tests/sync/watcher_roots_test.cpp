#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include <doctest/doctest.h>
#include <fcntl.h>
#include <unistd.h>

#include "repository/inotify_events.hpp"
#include "repository/project_mounts.hpp"
#include "sync/project_watch.hpp"
#include "sync/watcher.hpp"
#include "tests/sync/watched_fixture.hpp"

namespace bm {
namespace {

namespace fs = std::filesystem;
using test::eventually;
using test::is_indexed;
using test::is_logged;
using test::KnowledgeFixture;
using test::Told;
using test::WatchedFixture;

/// A second project in a folder of its own, watched.
class OtherProject {
public:
    explicit OtherProject(const std::string& folder) {
        REQUIRE(fixture.knowledge().add_project("other", at(folder).string(), false));
        Watcher::Options options;
        options.listener = told.listener();
        watcher.emplace(fixture.knowledge(), std::move(options));
        REQUIRE(told.is(WatchState::watching, "other"));
        REQUIRE(eventually([&] { return told.runs() > 1; }));
    }
    [[nodiscard]] fs::path at(const std::string& name) const {
        return fixture.folder().path() / name;
    }
    bool gets(std::string_view path) {
        return eventually([&] { return is_indexed(fixture, "other", path); });
    }
    bool loses(std::string_view path) {
        return eventually([&] { return !is_indexed(fixture, "other", path); });
    }

    KnowledgeFixture fixture;
    Told told;
    Told told_later;
    std::optional<Watcher> watcher;
};

TEST_CASE("a root is followed when the folder above it is renamed and made anew") {
    OtherProject other("up/in");
    other.fixture.folder().write("up/in/a.md", "x");
    REQUIRE(other.gets("a.md"));
    fs::rename(other.at("up"), other.at("old"));
    other.fixture.folder().write("up/in/b.md", "x");
    CHECK(other.gets("b.md"));
    CHECK(other.loses("a.md"));
    other.fixture.folder().write("up/in/c.md", "x");
    CHECK(other.gets("c.md"));
}

TEST_CASE("a root that is a link is followed when that leads elsewhere") {
    OtherProject other("first");
    other.watcher.reset();
    fs::rename(other.at("first"), other.at("real"));
    fs::create_directory_symlink("real", other.at("first"));
    other.fixture.folder().write("second/b.md", "x");
    Watcher::Options options;
    options.listener = other.told_later.listener();
    other.watcher.emplace(other.fixture.knowledge(), std::move(options));
    REQUIRE(other.told_later.is(WatchState::watching, "other"));
    fs::create_directory_symlink("second", other.at("new"));
    fs::rename(other.at("new"), other.at("first"));
    CHECK(other.gets("b.md"));
    other.fixture.folder().write("second/c.md", "x");
    CHECK(other.gets("c.md"));
}

TEST_CASE("a root that is removed while somebody holds it open and made anew is followed") {
    WatchedFixture fixture;
    fixture.start();
    const int held = ::open(fixture.notes().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    fs::remove_all(fixture.notes());
    fixture.write("a.md", "x");
    CHECK(fixture.gets("a.md"));
    fixture.write("b.md", "x");
    CHECK(fixture.gets("b.md"));
    ::close(held);
}

TEST_CASE("a disk that is not mounted when the server starts empties nothing") {
    WatchedFixture fixture;
    fixture.write("a.md", "x");
    fixture.start();
    fixture.watcher.reset();
    const auto project = fixture.project().id;
    fixture.knowledge().index().write([&](Tables& tables) {
        auto devices = project_mounts(tables.database, project);
        ++devices.at("");
        set_project_mounts(tables.database, project, devices);
    });
    fs::remove(fixture.notes() / "a.md");
    Watcher::Options options;
    options.listener = fixture.told.listener();
    fixture.watcher.emplace(fixture.knowledge(), std::move(options));
    REQUIRE(fixture.told.is(WatchState::missing));
    CHECK(is_logged(fixture, "until that disk is mounted"));
    fixture.knowledge().wishes().add("main");
    fixture.write(".hidden", "x");
    std::this_thread::sleep_for(std::chrono::milliseconds(200));
    CHECK(fixture.told.state() == WatchState::missing);
    CHECK(fixture.entity("a.md"));
    fixture.write("b.md", "x");
    CHECK(fixture.gets("b.md"));
    CHECK(fixture.told.is(WatchState::watching));
    CHECK(fixture.loses("a.md"));
}

TEST_CASE("two names for one folder are both watched") {
    WatchedFixture fixture;
    fixture.folder().write("data/config.new", R"({"projects": {"main": ")" +
                                                  fixture.notes().string() + R"(", "twin": ")" +
                                                  fixture.notes().string() +
                                                  R"("}, "default_project": "main"})");
    fs::create_directories(fixture.data());
    fs::rename(fixture.data() / "config.new", fixture.data() / "config.json");
    fixture.start();
    REQUIRE(fixture.told.is(WatchState::watching, "twin"));
    fixture.write("a.md", "x");
    CHECK(fixture.gets("a.md"));
    CHECK(eventually([&] { return is_indexed(fixture, "twin", "a.md"); }));
}

TEST_CASE("a project that comes to lie in another takes its notes along and gives them back") {
    WatchedFixture fixture;
    const auto configure = [&](bool has_inner) {
        const std::string inner =
            has_inner ? R"(, "inner": ")" + (fixture.notes() / "in").string() + '"' : "";
        fixture.folder().write("data/config.new", R"({"projects": {"main": ")" +
                                                      fixture.notes().string() + '"' + inner +
                                                      R"(}, "default_project": "main"})");
        fs::rename(fixture.data() / "config.new", fixture.data() / "config.json");
    };
    configure(false);
    fixture.write("in/a.md", "x");
    fixture.start();
    REQUIRE(fixture.gets("in/a.md"));
    configure(true);
    REQUIRE(fixture.told.is(WatchState::watching, "inner"));
    CHECK(eventually([&] { return is_indexed(fixture, "inner", "a.md"); }));
    CHECK(fixture.loses("in/a.md"));
    fixture.write("in/b.md", "x");
    fixture.write("c.md", "x");
    CHECK(eventually([&] { return is_indexed(fixture, "inner", "b.md"); }));
    CHECK(fixture.gets("c.md"));
    CHECK_FALSE(fixture.entity("in/b.md"));
    configure(false);
    CHECK(fixture.gets("in/a.md"));
    fixture.write("in/d.md", "x");
    CHECK(fixture.gets("in/d.md"));
}

TEST_CASE("a process that waits leaves indexing to the one that watches") {
    WatchedFixture fixture;
    fixture.write("a.md", "x");
    fixture.start();
    Told told;
    Watcher::Options options;
    options.listener = told.listener();
    const Watcher second(fixture.knowledge(), std::move(options));
    REQUIRE(told.is(WatchState::waiting));
    const int runs = fixture.told.runs();
    fixture.folder().write("data/.bmignore", "private\n");
    fixture.write("b.md", "x");
    REQUIRE(fixture.gets("b.md"));
    CHECK(eventually([&] { return fixture.told.runs() > runs; }));
    CHECK(told.runs() == 0);
}

/// One ProjectWatch, with time in the hands of the test.
struct OneWatch {
    explicit OneWatch(KnowledgeFixture& fixture)
        : runs([] {}),
          watch({fixture.knowledge(), &events, runs, listener, std::chrono::seconds(60)},
                fixture.project(), WatchId{1}) {}

    InotifyEvents events;
    IndexRuns runs;
    WatchListener listener;
    ProjectWatch watch;
};

TEST_CASE("a missing folder costs no timer while its name is watched") {
    KnowledgeFixture fixture;
    const auto project = fixture.project();
    fs::remove(fixture.notes());
    OneWatch one(fixture);
    const auto now = std::chrono::steady_clock::now();
    one.watch.start(now);
    CHECK_FALSE(one.watch.due());
    fs::create_directories(fixture.notes());
    for (const auto& event : one.events.read()) one.watch.handle(event, now);
    CHECK(one.watch.due() == now);
}

TEST_CASE("a project that fails is tried again later and later") {
    KnowledgeFixture fixture;
    const auto project = fixture.project();
    fixture.knowledge().index().write([](Tables& tables) {
        tables.database.exec(
            "CREATE TRIGGER broken BEFORE UPDATE OF last_scan_started ON project"
            " BEGIN SELECT RAISE(ABORT, 'broken'); END");
        tables.database.exec(
            "CREATE TRIGGER broken_too BEFORE DELETE ON project_mount"
            " BEGIN SELECT RAISE(ABORT, 'broken'); END");
    });
    OneWatch one(fixture);
    const std::stop_token never;
    auto now = std::chrono::steady_clock::now();
    one.watch.start(now);
    for (const int seconds : {2, 4, 8, 16, 32, 60, 60}) {
        one.watch.act(now, never);  // begins the run
        REQUIRE(eventually([&] { return one.watch.due() == ProjectWatch::Time(); }));
        const auto before = std::chrono::steady_clock::now();
        one.watch.act(now, never);
        const auto after = std::chrono::steady_clock::now();
        REQUIRE(one.watch.due());
        CHECK(*one.watch.due() >= before + std::chrono::seconds(seconds));
        CHECK(*one.watch.due() <= after + std::chrono::seconds(seconds));
        now = *one.watch.due();
    }
}

/// Performs the run over everything that is due, on the other thread.
void look_at_everything(OneWatch& one) {
    one.watch.act(std::chrono::steady_clock::now(), {});
    REQUIRE(eventually([&] { return one.watch.due() == ProjectWatch::Time(); }));
    one.watch.act(std::chrono::steady_clock::now(), {});
}

TEST_CASE("what is to be looked at now does not wait for what could not be read") {
    KnowledgeFixture fixture;
    fixture.write("disk/a.md", "x");
    fixture.write("b.md", "x");
    OneWatch one(fixture);
    one.watch.start(std::chrono::steady_clock::now());
    look_at_everything(one);
    REQUIRE_FALSE(one.watch.due());
    const auto project = fixture.project().id;
    fixture.knowledge().index().write([&](Tables& tables) {
        auto devices = project_mounts(tables.database, project);
        devices["disk"] = devices.at("") + 1;
        set_project_mounts(tables.database, project, devices);
    });
    fs::remove(fixture.notes() / "disk/a.md");
    one.watch.want_everything(std::chrono::steady_clock::now() - std::chrono::seconds(1));
    const auto before = std::chrono::steady_clock::now();
    look_at_everything(one);
    // The folder of the disk that is not mounted.
    REQUIRE(one.watch.due());
    REQUIRE(*one.watch.due() >= before + std::chrono::seconds(2));
    SUBCASE("another disk comes, or other rules") {
        const auto now = std::chrono::steady_clock::now();
        one.watch.renew_rules(now);
        CHECK(*one.watch.due() == now);
    }
    SUBCASE("events were lost") {
        const auto now = std::chrono::steady_clock::now();
        one.watch.recover(now);
        CHECK(*one.watch.due() == now);
    }
}

}  // namespace
}  // namespace bm
