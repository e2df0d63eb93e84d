#include "sync/watcher.hpp"

#include <filesystem>
#include <memory>
#include <mutex>
#include <optional>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

#include "repository/election.hpp"
#include "repository/inotify_events.hpp"
#include "repository/wake_event.hpp"
#include "tests/sync/watched_fixture.hpp"

namespace bm {
namespace {

namespace fs = std::filesystem;
using test::eventually;
using test::is_indexed;
using test::is_logged;
using test::joined;
using test::KnowledgeFixture;
using test::Told;
using test::WatchedFixture;

TEST_CASE("a running server indexes everything again when the database was lost") {
    KnowledgeFixture fixture;
    fixture.write("a.md", "x");
    const Watcher watcher(fixture.knowledge());
    REQUIRE(eventually([&] { return is_indexed(fixture, "main", "a.md"); }));
    for (const char* name : {"index.db", "index.db-wal", "index.db-shm"}) {
        fs::remove(fixture.data() / name);
    }
    CHECK(fixture.knowledge().find_project("main"));
    CHECK(eventually([&] { return is_indexed(fixture, "main", "a.md"); }));
}

TEST_CASE("a project that is added while the server runs is indexed and watched") {
    KnowledgeFixture fixture;
    fixture.folder().write("other/b.md", "x");
    const Watcher watcher(fixture.knowledge());
    REQUIRE(fixture.knowledge().add_project("other", (fixture.folder().path() / "other").string(),
                                            false));
    CHECK(eventually([&] { return is_indexed(fixture, "other", "b.md"); }));
    fixture.folder().write("other/later.md", "x");
    CHECK(eventually([&] { return is_indexed(fixture, "other", "later.md"); }));
}

TEST_CASE("a project that fails does not keep the others from being indexed") {
    KnowledgeFixture fixture;
    REQUIRE(fixture.knowledge().add_project("other", (fixture.folder().path() / "other").string(),
                                            false));
    fixture.folder().write("other/b.md", "x");
    const auto broken = fixture.project().id.value;
    // Whatever is stored for the first project fails.
    fixture.knowledge().index().write([&](Tables& tables) {
        tables.database.exec(
            "CREATE TRIGGER broken BEFORE UPDATE OF last_scan_started ON project"
            " WHEN old.id = " +
            std::to_string(broken) + " BEGIN SELECT RAISE(ABORT, 'broken'); END");
    });
    {
        const Watcher watcher(fixture.knowledge());
        CHECK(eventually([&] { return is_indexed(fixture, "other", "b.md"); }));
    }
    REQUIRE_FALSE(fixture.log().empty());
    CHECK(fixture.log().front().find("indexing main in the background stopped") == 0);
}

TEST_CASE("13.1 item 91: a project that was removed is not watched and does not come back") {
    WatchedFixture fixture;
    fixture.start();
    const auto other = fixture.folder().path() / "other";
    REQUIRE(fixture.knowledge().add_project("other", other.string(), false));
    REQUIRE(fixture.told.is(WatchState::watching, "other"));
    fixture.folder().write("other/a.md", "x");
    REQUIRE(eventually([&] { return is_indexed(fixture, "other", "a.md"); }));
    REQUIRE(fixture.knowledge().remove_project("other"));
    fixture.folder().write("other/b.md", "x");
    fixture.write("later.md", "x");
    REQUIRE(fixture.gets("later.md"));
    CHECK_FALSE(fixture.knowledge().find_project("other"));
    fixture.read_index([](Tables& tables) { CHECK(tables.projects.all().size() == 1); });
}

TEST_CASE("13.1 item 95: a process that is bound to one project watches only that") {
    KnowledgeFixture fixture;
    REQUIRE(fixture.knowledge().add_project("other", (fixture.folder().path() / "other").string(),
                                            false));
    KnowledgeBase bound(KnowledgeBase::Parts{fixture.knowledge().directory(),
                                             fixture.knowledge().environment(), system_now,
                                             [](LogLevel, std::string_view) {}, "other"});
    Told told;
    Watcher::Options options;
    options.listener = told.listener();
    const Watcher watcher(bound, std::move(options));
    REQUIRE(told.is(WatchState::watching, "other"));
    fixture.write("a.md", "x");
    fixture.folder().write("other/b.md", "x");
    REQUIRE(eventually([&] { return is_indexed(fixture, "other", "b.md"); }));
    CHECK_FALSE(is_indexed(fixture, "main", "a.md"));
    CHECK_FALSE(told.state("main"));
}

TEST_CASE("13.1 item 106: a configuration that another program replaces is noticed") {
    WatchedFixture fixture;
    fixture.start();
    fixture.folder().write("other/b.md", "x");
    const auto config = [&](const std::string& projects) {
        return "{\"projects\": {\"main\": \"" + fixture.notes().string() + "\"" + projects +
               "}, \"default_project\": \"main\"}";
    };
    const auto replace = [&](const std::string& text) {
        fixture.folder().write("data/config.new", text);
        fs::rename(fixture.data() / "config.new", fixture.data() / "config.json");
    };
    const std::string other = (fixture.folder().path() / "other").string();
    replace(config(", \"other\": \"" + other + "\""));
    // Nobody asks for the project by its name: the watcher itself sees the file.
    REQUIRE(fixture.told.is(WatchState::watching, "other"));
    CHECK(eventually([&] { return is_indexed(fixture, "other", "b.md"); }));
    fixture.folder().write("moved/c.md", "x");
    replace(config(", \"other\": \"" + (fixture.folder().path() / "moved").string() + "\""));
    CHECK(eventually([&] { return is_indexed(fixture, "other", "c.md"); }));
    replace(config(""));
    CHECK(eventually([&] {
        return fixture.read_index([](Tables& tables) { return tables.projects.all().size() == 1; });
    }));
}

TEST_CASE("a server stops watching when the settings switch it off and begins when they allow it") {
    WatchedFixture fixture;
    fixture.start();
    const auto set = [&](const char* allowed) {
        fixture.folder().write(
            "data/config.new",
            "{\"projects\": {\"main\": \"" + fixture.notes().string() +
                "\"}, \"default_project\": \"main\", \"sync_changes\": " + allowed + "}");
        fs::rename(fixture.data() / "config.new", fixture.data() / "config.json");
    };
    const fs::path lock = fs::directory_iterator(fixture.data() / "locks/watch")->path();
    const auto is_free = [&] { return Election(lock).try_win(); };
    CHECK_FALSE(is_free());
    set("false");
    REQUIRE(eventually(is_free));
    fixture.write("a.md", "x");
    set("true");
    CHECK(fixture.gets("a.md"));
    fixture.write("b.md", "x");
    CHECK(fixture.gets("b.md"));
}

TEST_CASE("13.1 item 97: a project below a hidden folder is watched") {
    KnowledgeFixture fixture;
    const auto hidden = fixture.folder().path() / ".hidden/build/notes";
    REQUIRE(fixture.knowledge().add_project("other", hidden.string(), false));
    Told told;
    Watcher::Options options;
    options.listener = told.listener();
    const Watcher watcher(fixture.knowledge(), std::move(options));
    REQUIRE(told.is(WatchState::watching, "other"));
    fixture.folder().write(".hidden/build/notes/in/a.md", "x");
    CHECK(eventually([&] { return is_indexed(fixture, "other", "in/a.md"); }));
}

TEST_CASE("a project folder that goes away keeps its notes and comes back") {
    WatchedFixture fixture;
    fixture.write("a.md", "x");
    fixture.start();
    const auto elsewhere = fixture.folder().path() / "elsewhere";
    fs::rename(fixture.notes(), elsewhere);
    REQUIRE(fixture.told.is(WatchState::missing));
    CHECK(fixture.entity("a.md"));
    CHECK(is_logged(fixture, "its notes stay in the index"));
    fixture.folder().write("elsewhere/b.md", "x");
    fs::rename(elsewhere, fixture.notes());
    REQUIRE(fixture.told.is(WatchState::watching));
    CHECK(fixture.gets("b.md"));
    fixture.write("c.md", "x");
    CHECK(fixture.gets("c.md"));
}

TEST_CASE("13.1 item 104: a project whose folder is missing does not stop the others") {
    KnowledgeFixture fixture;
    const auto other = fixture.folder().path() / "other";
    REQUIRE(fixture.knowledge().add_project("other", other.string(), false));
    fs::remove(other);
    Told told;
    Watcher::Options options;
    options.listener = told.listener();
    const Watcher watcher(fixture.knowledge(), std::move(options));
    REQUIRE(told.is(WatchState::missing, "other"));
    fixture.write("a.md", "x");
    CHECK(eventually([&] { return is_indexed(fixture, "main", "a.md"); }));
    fixture.folder().write("other/b.md", "x");
    CHECK(eventually([&] { return is_indexed(fixture, "other", "b.md"); }));
}

TEST_CASE("of two watchers one watches and the other takes over when it ends") {
    KnowledgeFixture fixture;
    Told first_told;
    Told second_told;
    const auto make = [&](Told& told) {
        Watcher::Options options;
        options.listener = told.listener();
        return std::make_unique<Watcher>(fixture.knowledge(), std::move(options));
    };
    auto first = make(first_told);
    REQUIRE(first_told.is(WatchState::watching));
    const auto second = make(second_told);
    REQUIRE(second_told.is(WatchState::waiting));
    fixture.write("a.md", "x");
    REQUIRE(eventually([&] { return is_indexed(fixture, "main", "a.md"); }));
    CHECK(second_told.state() == WatchState::waiting);
    first.reset();
    // Before or after the other has noticed: nothing is missed.
    fixture.write("b.md", "x");
    CHECK(eventually([&] { return is_indexed(fixture, "main", "b.md"); }));
    REQUIRE(second_told.is(WatchState::watching));
    fixture.write("c.md", "x");
    CHECK(eventually([&] { return is_indexed(fixture, "main", "c.md"); }));
}

TEST_CASE("when the lock files are deleted one of two watchers watches and the other waits") {
    KnowledgeFixture fixture;
    Told first_told;
    Told second_told;
    Watcher::Options options;
    options.listener = first_told.listener();
    auto first = std::make_unique<Watcher>(fixture.knowledge(), options);
    REQUIRE(first_told.is(WatchState::watching));
    std::error_code made_again;  // a watcher may make it anew before its folder goes
    fs::remove_all(fixture.knowledge().directory().locks() / "watch", made_again);
    options.listener = second_told.listener();
    auto second = std::make_unique<Watcher>(fixture.knowledge(), options);
    const auto one_watches = [&] {
        const auto a = first_told.state();
        const auto b = second_told.state();
        return (a == WatchState::watching && b == WatchState::waiting) ||
               (a == WatchState::waiting && b == WatchState::watching);
    };
    CHECK(eventually(one_watches));
    fs::remove_all(fixture.knowledge().directory().locks() / "watch", made_again);
    CHECK(eventually(one_watches));
    fixture.write("a.md", "x");
    CHECK(eventually([&] { return is_indexed(fixture, "main", "a.md"); }));
    const bool first_watches = first_told.state() == WatchState::watching;
    (first_watches ? first : second).reset();
    REQUIRE((first_watches ? second_told : first_told).is(WatchState::watching));
    fixture.write("b.md", "x");
    CHECK(eventually([&] { return is_indexed(fixture, "main", "b.md"); }));
}

TEST_CASE("when the system lets no folder be watched the project is scanned slowly") {
    KnowledgeFixture fixture;
    Told told;
    Watcher::Options options;
    options.listener = told.listener();
    options.slow_scan = std::chrono::milliseconds(50);
    SUBCASE("no inotify") {
        options.open_events = [] { return nullptr; };
    }
    SUBCASE("no watches left") {
        fixture.write("a/b/c/d/e/f/g/h/x.md", "x");
        options.open_events = [] { return std::make_unique<InotifyEvents>(8); };
    }
    const Watcher watcher(fixture.knowledge(), std::move(options));
    const bool is_scanning = told.is(WatchState::scanning);
    const std::string log = joined(fixture.log());
    CAPTURE(log);
    REQUIRE(is_scanning);
    fixture.write("in/a.md", "x");
    CHECK(eventually([&] { return is_indexed(fixture, "main", "in/a.md"); }));
    CHECK(is_logged(fixture, "fs.inotify.max_user_watches"));
}

/// Tells what a test puts in.
class ScriptedEvents final : public FileEvents {
public:
    struct Script {
        std::mutex mutex;
        WakeEvent wake;
        std::vector<FileEvent> events;
        std::optional<WatchId> root;

        void tell(FileEvent::Kind kind, std::string path) {
            const std::scoped_lock lock(mutex);
            events.push_back({kind, *root, std::move(path)});
            wake.wake();
        }
    };
    explicit ScriptedEvents(Script& script) : script_(script) {}

    [[nodiscard]] int descriptor() const noexcept override { return script_.wake.descriptor(); }
    std::vector<FileEvent> read() override {
        const std::scoped_lock lock(script_.mutex);
        script_.wake.clear();
        return std::exchange(script_.events, {});
    }
    Coverage add_root(WatchId watch, const fs::path&, IgnoresPath) override {
        const std::scoped_lock lock(script_.mutex);
        script_.root = watch;
        return Coverage::complete;
    }
    bool add_name(WatchId, const fs::path&) override { return true; }
    void remove(WatchId) override {}

private:
    Script& script_;
};

TEST_CASE("events that were lost lead to a scan of everything") {
    WatchedFixture fixture;
    ScriptedEvents::Script script;
    Watcher::Options options;
    options.open_events = [&] { return std::make_unique<ScriptedEvents>(script); };
    fixture.start(std::move(options));
    fixture.write("in/a.md", "x");
    fixture.write("in/b.md", "x");
    script.tell(FileEvent::Kind::changed, "in/a.md");
    REQUIRE(fixture.gets("in/a.md"));
    CHECK_FALSE(fixture.entity("in/b.md"));
    script.tell(FileEvent::Kind::lost, "");
    CHECK(fixture.gets("in/b.md"));
    fixture.watcher.reset();
}

TEST_CASE("13.1 item 100: a root that can be watched only in part is scanned slowly besides") {
    class SharedEvents final : public FileEvents {
    public:
        [[nodiscard]] int descriptor() const noexcept override { return wake_.descriptor(); }
        std::vector<FileEvent> read() override { return {}; }
        Coverage add_root(WatchId, const fs::path&, IgnoresPath) override {
            return Coverage::local;
        }
        bool add_name(WatchId, const fs::path&) override { return true; }
        void remove(WatchId) override {}

    private:
        WakeEvent wake_;
    };
    KnowledgeFixture fixture;
    Told told;
    Watcher::Options options;
    options.listener = told.listener();
    options.slow_scan = std::chrono::milliseconds(50);
    options.open_events = [] { return std::make_unique<SharedEvents>(); };
    const Watcher watcher(fixture.knowledge(), std::move(options));
    REQUIRE(told.is(WatchState::scanning));
    fixture.write("a.md", "x");
    CHECK(eventually([&] { return is_indexed(fixture, "main", "a.md"); }));
}

TEST_CASE("a wish for a project is fulfilled") {
    WatchedFixture fixture;
    ScriptedEvents::Script script;
    Watcher::Options options;
    options.open_events = [&] { return std::make_unique<ScriptedEvents>(script); };
    fixture.start(std::move(options));
    fixture.write("a.md", "x");
    fixture.knowledge().wishes().add("main");
    CHECK(fixture.gets("a.md"));
    fixture.watcher.reset();
}

}  // namespace
}  // namespace bm
