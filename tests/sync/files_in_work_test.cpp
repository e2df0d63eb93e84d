#include "sync/files_in_work.hpp"

#include <filesystem>
#include <thread>

#include <doctest/doctest.h>

#include "repository/indexed_files.hpp"
#include "sync/file_preparation.hpp"
#include "sync/index_note.hpp"
#include "sync/sync_run.hpp"
#include "sync/vanished_files.hpp"
#include "tests/sync/history_fixture.hpp"

// A scan beside a tool that has changed a file and not committed its rows yet.

namespace bm {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;
using test::HistoryFixture;
using enum HistoryAction;

RelativePath place(std::string_view path) { return RelativePath::parse(path).value(); }

struct WorkFixture : HistoryFixture {
    WorkFixture() { scan(); }

    /// Another process comes between the file of a tool and its rows: it has looked at both.
    void scan_in_between() {
        const auto other = another_process();
        REQUIRE(reconcile_project(*other, *other->default_project()));
    }
    SyncReport scan(const SyncOptions& options = {}) {
        auto report = reconcile_project(knowledge(), project(), options);
        REQUIRE(report);
        return *std::move(report);
    }
    /// Once the file says `text`.
    void when_written(std::string path, std::string text, std::function<void()> act) {
        when_time_is_asked(
            [this, path = std::move(path), text = std::move(text), act = std::move(act)] {
                const bool is_there = fs::exists(notes() / path);
                if (is_there && read(path).find(text) != std::string::npos) return act();
                when_written(path, text, act);
            });
    }
    std::string external_id(std::string_view path) {
        const auto found = entity(path);
        REQUIRE(found);
        return found->external_id;
    }
};

TEST_CASE("a scan between the file of a move and its rows leaves the move to the tool") {
    WorkFixture fixture;
    fixture.put("in", "Log", "one");
    const auto note = fixture.put("in", "Log", "two").entity;
    fixture.write("in/Bare.md", "first words");
    fixture.scan();
    const auto bare = *fixture.entity("in/Bare.md");
    NoteStore store(fixture.knowledge(), fixture.project());
    for (const auto& [entity, to] :
         {std::pair(note, "out/Log.md"), std::pair(bare, "new/Bare.md")}) {
        CAPTURE(to);
        fixture.advance(1min);
        bool was_scanned = false;
        fixture.when_written(to, "", [&] {
            was_scanned = true;
            fixture.scan_in_between();
            CHECK(fixture.entity(entity.path.str()));
            CHECK_FALSE(fixture.entity(to));
        });
        const auto moved = store.move(entity, place(to));
        REQUIRE(moved);
        CHECK(was_scanned);
        CHECK(moved->not_done.empty());
        CHECK(moved->entity.id == entity.id);
        CHECK(fixture.external_id(to) == entity.external_id);
        CHECK(fixture.scan().is_clean());
    }
    CHECK(fixture.actions("out/Log.md") == std::vector{moved, overwritten});
    CHECK(fixture.actions("new/Bare.md") == std::vector{moved, external});
}

TEST_CASE("a scan between the file of a write and its rows takes it for nobody else's") {
    WorkFixture fixture;
    fixture.when_written("in/New.md", "one", [&] { fixture.scan_in_between(); });
    const auto made = fixture.put("in", "New", "one").entity;
    CHECK(fixture.actions("in/New.md").empty());
    CHECK(fixture.versions("in/New.md").current);
    fixture.when_written("in/New.md", "two", [&] { fixture.scan_in_between(); });
    fixture.append(made, "two");
    CHECK(fixture.actions("in/New.md") == std::vector{overwritten});
    CHECK(fixture.external_id("in/New.md") == made.external_id);
}

/// What a scan knows of a file that is gone, when it has walked and not deleted yet.
struct PlannedDeletion {
    explicit PlannedDeletion(WorkFixture& fixture)
        : knowledge(fixture.another_process()),
          project(*knowledge->default_project()),
          gone(knowledge->index().read([&](Tables& tables) {
              return indexed_files_at(tables.database, project.id, {"in/Phoenix.md"});
          })) {
        REQUIRE(gone.size() == 1);
    }
    SyncReport apply() {
        SyncRun run(*knowledge, project, options);
        apply_deletions(run, gone);
        return run.report;
    }

    std::unique_ptr<KnowledgeBase> knowledge;
    Project project;
    SyncOptions options = {};
    std::vector<IndexedFile> gone;
};

TEST_CASE("13.1 item 102: a note written when its file is gone keeps its row beside any scan") {
    WorkFixture fixture;
    const auto note = fixture.put("in", "Phoenix", "one").entity;
    PlannedDeletion scan(fixture);
    fs::remove(fixture.notes() / "in/Phoenix.md");
    SUBCASE("its rows are committed after the walk") {
        fixture.put("in", "Phoenix", "two");
        CHECK(scan.apply().deleted.empty());
    }
    SUBCASE("they are committed after the walk and the file is gone once more") {
        fixture.put("in", "Phoenix", "two");
        fs::remove(fixture.notes() / "in/Phoenix.md");
        const auto report = scan.apply();
        CHECK(report.deleted.empty());
        CHECK(report.left_alone.contains("in/Phoenix.md"));
    }
    SUBCASE("its file is there and its rows are not committed yet") {
        fixture.when_written("in/Phoenix.md", "two", [&] { CHECK(scan.apply().deleted.empty()); });
        fixture.put("in", "Phoenix", "two");
    }
    SUBCASE("the file comes after the last look and both wait for the index") {
        std::jthread scans;
        std::jthread writes;
        fixture.knowledge().index().write([&](Tables&) {
            scans = std::jthread([&] { CHECK(scan.apply().deleted.empty()); });
            std::this_thread::sleep_for(std::chrono::milliseconds(100));
            writes = std::jthread([&] { fixture.put("in", "Phoenix", "two"); });
            while (!fs::exists(fixture.notes() / "in/Phoenix.md")) std::this_thread::yield();
        });
        scans.join();
        writes.join();
    }
    SUBCASE("nobody writes it") {
        CHECK(scan.apply().deleted == std::vector<std::string>{"in/Phoenix.md"});
        fixture.put("in", "Phoenix", "two");
        CHECK(fixture.external_id("in/Phoenix.md") != note.external_id);
        return;
    }
    CHECK(fixture.external_id("in/Phoenix.md") == note.external_id);
}

TEST_CASE("a move whose row is gone all the same keeps the external id") {
    WorkFixture fixture;
    const auto note = fixture.put("in", "Log", "one").entity;
    bool leaves_successor = false;
    SUBCASE("nothing is in its place") {}
    SUBCASE("a row was made for its new place") { leaves_successor = true; }
    fixture.when_written("out/Log.md", "", [&] {
        // What a program without these locks would do.
        const Project project = fixture.project();
        const auto files = fixture.knowledge().files(project);
        const auto config = fixture.knowledge().config();
        fixture.knowledge().index().write([&](Tables& tables) {
            forget_entity(tables, project.id, note);
            if (!leaves_successor) return;
            index_file(tables, project.id, *config,
                       *prepare_from_disk(*files, place("out/Log.md")));
        });
    });
    NoteStore store(fixture.knowledge(), fixture.project());
    const auto moved = store.move(note, place("out/Log.md"));
    REQUIRE(moved);
    CHECK(moved->entity.external_id == note.external_id);
    CHECK(fixture.external_id("out/Log.md") == note.external_id);
    CHECK(fixture.scan().is_clean());
}

}  // namespace
}  // namespace bm
