#include <atomic>
#include <filesystem>
#include <memory>
#include <mutex>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

#include "repository/inotify_events.hpp"
#include "repository/wake_event.hpp"
#include "sync/watcher.hpp"
#include "tests/support/gate.hpp"
#include "tests/sync/watched_fixture.hpp"

namespace bm {
namespace {

namespace fs = std::filesystem;
using test::eventually;
using test::Gate;
using test::is_indexed;
using test::is_logged;
using test::KnowledgeFixture;
using test::Told;
using test::WatchedFixture;

constexpr std::chrono::milliseconds kShort{30};

TEST_CASE("a server that is refused an inotify instance watches as soon as it gets one") {
    KnowledgeFixture fixture;
    std::atomic<bool> is_refused = true;
    Told told;
    Watcher::Options options;
    options.listener = told.listener();
    options.slow_scan = kShort;
    options.open_events = [&] { return is_refused ? nullptr : open_file_events(); };
    const Watcher watcher(fixture.knowledge(), std::move(options));
    REQUIRE(told.is(WatchState::scanning));
    is_refused = false;
    CHECK(told.is(WatchState::watching));
    fixture.write("a.md", "x");
    CHECK(eventually([&] { return is_indexed(fixture, "main", "a.md"); }));
}

TEST_CASE("a project with too many folders is watched as soon as there are fewer") {
    KnowledgeFixture fixture;
    fixture.write("a/b/c/d/e/f/g/h/i/j/k/l/m/n/o/p/x.md", "x");
    Told told;
    Watcher::Options options;
    options.listener = told.listener();
    options.slow_scan = kShort;
    options.open_events = [] { return std::make_unique<InotifyEvents>(15); };
    const Watcher watcher(fixture.knowledge(), std::move(options));
    REQUIRE(told.is(WatchState::scanning));
    fs::remove_all(fixture.notes() / "a");
    CHECK(told.is(WatchState::watching));
}

/// Real events, the first of which about notes is read and lost.
class ForgetfulEvents final : public FileEvents {
public:
    [[nodiscard]] int descriptor() const noexcept override { return events_.descriptor(); }
    std::vector<FileEvent> read() override {
        auto read = events_.read();
        for (const auto& event : read) {
            if (event.path.empty() || std::exchange(has_forgotten_, true)) continue;
            throw std::runtime_error("no memory left");
        }
        return read;
    }
    Coverage add_root(WatchId watch, const fs::path& folder, IgnoresPath ignores) override {
        return events_.add_root(watch, folder, std::move(ignores));
    }
    bool add_name(WatchId watch, const fs::path& path) override {
        return events_.add_name(watch, path);
    }
    void remove(WatchId watch) override { events_.remove(watch); }

private:
    InotifyEvents events_;
    bool has_forgotten_ = false;
};

TEST_CASE("changes are found although their events were read and lost") {
    WatchedFixture fixture;
    Watcher::Options options;
    options.open_events = [] { return std::make_unique<ForgetfulEvents>(); };
    fixture.start(std::move(options));
    fixture.write("a.md", "x");
    CHECK(fixture.gets("a.md"));
    CHECK(is_logged(fixture, "no memory left"));
}

/// A root on a file system of several machines, and names that are told on demand.
class ForeignEvents final : public FileEvents {
public:
    struct Script {
        WakeEvent wake;
        std::mutex mutex;
        std::vector<FileEvent> events;
        std::atomic<int> roots = 0;
    };
    explicit ForeignEvents(Script& script) : script_(script) {}

    [[nodiscard]] int descriptor() const noexcept override { return script_.wake.descriptor(); }
    std::vector<FileEvent> read() override {
        const std::scoped_lock lock(script_.mutex);
        script_.wake.clear();
        return std::exchange(script_.events, {});
    }
    Coverage add_root(WatchId, const fs::path&, IgnoresPath) override {
        ++script_.roots;
        return Coverage::local;
    }
    bool add_name(WatchId, const fs::path&) override { return true; }
    void remove(WatchId) override {}

private:
    Script& script_;
};

TEST_CASE("13.1 item 100: a root that is told of in part is named in the log and obeys new rules") {
    KnowledgeFixture fixture;
    ForeignEvents::Script script;
    Told told;
    Watcher::Options options;
    options.listener = told.listener();
    options.open_events = [&] { return std::make_unique<ForeignEvents>(script); };
    const Watcher watcher(fixture.knowledge(), std::move(options));
    REQUIRE(told.is(WatchState::scanning));
    CHECK(is_logged(fixture, "is not told by that kind of file system"));
    REQUIRE(eventually([&] { return told.runs() > 0; }));
    REQUIRE(script.roots == 1);
    {
        const std::scoped_lock lock(script.mutex);
        constexpr WatchId kIgnoreFile{1};
        script.events.push_back({FileEvent::Kind::changed, kIgnoreFile, ""});
        script.wake.wake();
    }
    CHECK(eventually([&] { return script.roots == 2; }));
}

TEST_CASE("a save in one project does not wait for the first load of another") {
    KnowledgeFixture fixture;
    REQUIRE(fixture.knowledge().add_project("other", (fixture.folder().path() / "other").string(),
                                            false));
    fixture.write("a.md", "x");
    Gate gate;
    // A run ends with a line in the log.
    const auto log = [&gate](LogLevel, std::string_view line) {
        if (line.find("sync of project 'main': new 1") != std::string_view::npos) gate.wait();
    };
    KnowledgeBase knowledge(KnowledgeBase::Parts{fixture.knowledge().directory(),
                                                 fixture.knowledge().environment(), system_now, log,
                                                 std::nullopt});
    {
        Told told;
        Watcher::Options options;
        options.listener = told.listener();
        const Watcher watcher(knowledge, std::move(options));
        REQUIRE(gate.wait_for_arrivals(1));
        REQUIRE(told.is(WatchState::watching, "other"));
        // Its own first look waits behind the other project's.
        fixture.folder().write("other/b.md", "x");
        CHECK(eventually([&] { return is_indexed(fixture, "other", "b.md"); }));
        CHECK(eventually([&] { return told.runs() == 1; }));
        gate.open();
        CHECK(eventually([&] { return told.runs() >= 3; }));
    }
}

TEST_CASE("a save in one project does not wait for a large folder that comes to another") {
    KnowledgeFixture fixture;
    REQUIRE(fixture.knowledge().add_project("other", (fixture.folder().path() / "other").string(),
                                            false));
    constexpr int kMany = 400;
    for (int i = 0; i < kMany; ++i)
        fixture.folder().write("big/" + std::to_string(i) + ".md", "x" + std::to_string(i));
    Gate gate;
    const auto log = [&gate](LogLevel, std::string_view line) {
        if (line.find("sync of project 'main': new 400") != std::string_view::npos) gate.wait();
    };
    KnowledgeBase knowledge(KnowledgeBase::Parts{fixture.knowledge().directory(),
                                                 fixture.knowledge().environment(), system_now, log,
                                                 std::nullopt});
    Told told;
    Watcher::Options options;
    options.listener = told.listener();
    const Watcher watcher(knowledge, std::move(options));
    REQUIRE(eventually([&] { return told.runs() >= 2; }));
    fs::rename(fixture.folder().path() / "big", fixture.notes() / "big");
    REQUIRE(gate.wait_for_arrivals(1));
    fixture.folder().write("other/b.md", "x");
    CHECK(eventually([&] { return is_indexed(fixture, "other", "b.md"); }));
    // So does one in the same project; what is large waits for the end, and is not forgotten.
    fixture.write("later.md", "x");
    CHECK(eventually([&] { return is_indexed(fixture, "main", "later.md"); }));
    for (int i = 0; i < kMany; ++i)
        fixture.folder().write("more/" + std::to_string(i) + ".md", "y" + std::to_string(i));
    fs::rename(fixture.folder().path() / "more", fixture.notes() / "more");
    gate.open();
    CHECK(eventually([&] { return is_indexed(fixture, "main", "more/399.md"); }));
    CHECK(is_indexed(fixture, "main", "later.md"));
    CHECK(is_indexed(fixture, "main", "big/399.md"));
    fs::remove_all(fixture.notes() / "big");
    CHECK(eventually([&] { return !is_indexed(fixture, "main", "big/399.md"); }));
}

TEST_CASE("a save does not wait for the end of the first load of its own project") {
    KnowledgeFixture fixture;
    constexpr int kMany = 400;
    const auto name = [](int i) { return std::to_string(1000 + i) + ".md"; };
    for (int i = 1; i < kMany; ++i) fixture.write(name(i), "x");
    // A date that cannot be read is logged after the first of many transactions.
    fixture.write(name(0), "---\ncreated: yesterday\n---\nx");
    Gate gate;
    const auto log = [&gate](LogLevel, std::string_view line) {
        if (line.find("'created'") != std::string_view::npos) gate.wait();
    };
    KnowledgeBase knowledge(KnowledgeBase::Parts{fixture.knowledge().directory(),
                                                 fixture.knowledge().environment(), system_now, log,
                                                 std::nullopt});
    Told told;
    Watcher::Options options;
    options.listener = told.listener();
    const Watcher watcher(knowledge, std::move(options));
    REQUIRE(gate.wait_for_arrivals(1));
    CHECK_FALSE(is_indexed(fixture, "main", name(kMany - 1)));
    fixture.write("saved.md", "to [[" + std::to_string(1000 + kMany - 2) + "]]");
    // The load may have read it already.
    fs::remove(fixture.notes() / name(kMany - 1));
    CHECK(eventually([&] { return is_indexed(fixture, "main", "saved.md"); }));
    CHECK_FALSE(is_indexed(fixture, "main", name(kMany - 2)));
    gate.open();
    CHECK(eventually([&] { return is_indexed(fixture, "main", name(kMany - 2)); }));
    CHECK(eventually(
        [&] { return told.runs() >= 3 && !is_indexed(fixture, "main", name(kMany - 1)); }));
    CHECK(fixture.links("saved.md").front().relation.to == fixture.entity(name(kMany - 2))->id);
    const auto report = compare_project(fixture.knowledge(), fixture.project());
    REQUIRE(report);
    CHECK(report->is_clean());
}

TEST_CASE("while the ignore file cannot be read nothing is indexed and then all it lets in") {
    WatchedFixture fixture;
    fixture.write("private/a.md", "x");
    fixture.write("b.md", "x");
    const auto ignore_file = fixture.notes() / ".gitignore";
    // Nobody can open it, not even root.
    fs::create_symlink(ignore_file.filename(), ignore_file);
    fixture.watcher.emplace(fixture.knowledge(),
                            Watcher::Options{.listener = fixture.told.listener()});
    REQUIRE(eventually([&] { return is_logged(fixture, ignore_file.string()); }));
    CHECK_FALSE(fixture.entity("b.md"));
    fixture.write("new.gitignore", "private/\n");
    fs::rename(fixture.notes() / "new.gitignore", ignore_file);
    CHECK(fixture.gets("b.md"));
    CHECK_FALSE(fixture.entity("private/a.md"));
    fixture.write("in/c.md", "x");
    CHECK(fixture.gets("in/c.md"));
}

}  // namespace
}  // namespace bm
