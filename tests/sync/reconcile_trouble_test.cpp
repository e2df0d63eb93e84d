#include <filesystem>
#include <string>
#include <thread>
#include <utility>
#include <variant>

#include <doctest/doctest.h>

#include "sync/note_store.hpp"
#include "sync/reconcile.hpp"
#include "tests/sync/reconcile_fixture.hpp"

// What happens beside a sync, and what is lost or missing.

namespace bm {
namespace {

using test::hits;
using test::KnowledgeFixture;
using test::Paths;
using test::sync;

TEST_CASE("13.1 item 94: a file that vanishes during a sync is a deletion and no failure") {
    KnowledgeFixture fixture;
    constexpr int kFiles = 1'300;  // more than are read ahead
    const auto write_all = [&](const std::string& text) {
        for (int i = 0; i < kFiles; ++i) fixture.write("a/" + std::to_string(i) + ".md", text);
        fixture.write("z.md", "zebra " + text);
    };
    write_all("one");
    sync(fixture);
    write_all("another");
    // The walk has seen z.md, and its bytes are gone when they are wanted.
    const int listener = fixture.knowledge().changes().listen(
        [&](const NoteChange&) { std::filesystem::remove(fixture.notes() / "z.md"); });
    const auto report = sync(fixture);
    fixture.knowledge().changes().stop(listener);
    CHECK(report.failed.empty());
    CHECK(report.deleted == Paths{"z.md"});
    CHECK(hits(fixture, "zebra").empty());
    CHECK_FALSE(fixture.entity("z.md"));
}

TEST_CASE("an index that was replaced during a sync is not called complete") {
    KnowledgeFixture fixture;
    for (int i = 0; i < 5; ++i) fixture.write(std::to_string(i) + ".md", "zebra");
    sync(fixture);
    fixture.write("5.md", "zebra");
    const auto other = fixture.another_process();
    const std::string name = fixture.project().name.str();
    bool is_replaced = false;
    const int listener = fixture.knowledge().changes().listen([&](const NoteChange&) {
        if (std::exchange(is_replaced, true)) return;
        other->index().replace();
        REQUIRE(other->find_project(name));
    });
    sync(fixture);
    fixture.knowledge().changes().stop(listener);
    REQUIRE(is_replaced);
    CHECK(hits(fixture, "zebra").size() == 6);
    CHECK(fixture.knowledge().was_scanned(fixture.project()));
}

TEST_CASE("ignore rules that change during a sync hold for what it stores") {
    KnowledgeFixture fixture;
    for (int i = 0; i < 50; ++i) fixture.write("b/" + std::to_string(i) + ".md", "zebra");
    fixture.write("kept.md", "zebra");
    const int listener = fixture.knowledge().changes().listen(
        [&](const NoteChange&) { fixture.write(".gitignore", "b/\n"); });
    sync(fixture);
    fixture.knowledge().changes().stop(listener);
    CHECK(hits(fixture, "zebra") == Paths{"kept.md"});
    CHECK(compare(fixture).deleted.empty());
}

TEST_CASE("ignore rules that change while a tool writes hold for its note") {
    KnowledgeFixture fixture;
    sync(fixture);
    NoteStore store(fixture.knowledge(), fixture.project());
    const int listener = fixture.knowledge().changes().listen(
        [&](const NoteChange&) { fixture.write(".gitignore", "b.md\n"); });
    const auto path = *RelativePath::parse("b.md");
    const auto outcome = store.write_file(path, "zebra\n", ReplacedVersion::kept);
    fixture.knowledge().changes().stop(listener);
    CHECK(std::holds_alternative<StoredNote>(outcome));
    CHECK_FALSE(fixture.entity("b.md"));
    CHECK(compare(fixture).deleted.empty());
}

TEST_CASE("what another program did after a tool's write is indexed by the same sync") {
    KnowledgeFixture fixture;
    constexpr int kFiles = 1'300;  // more than are read ahead
    const auto write_all = [&](const std::string& text) {
        for (int i = 0; i < kFiles; ++i) fixture.write("a/" + std::to_string(i) + ".md", text);
    };
    write_all("one");
    fixture.write("z.md", "---\ntitle: z\n---\nbefore");
    sync(fixture);
    write_all("another");
    fixture.write("z.md", "---\ntitle: z\n---\nchanged");
    bool is_replaced = false;
    SUBCASE("it replaced the file") { is_replaced = true; }
    SUBCASE("it removed the file") {}
    // The walk has seen z.md; the tool's row is committed before its bytes are read.
    bool is_done = false;
    const auto other = fixture.another_process();
    const int listener = fixture.knowledge().changes().listen([&](const NoteChange&) {
        if (std::exchange(is_done, true)) return;
        NoteStore store(*other, *other->default_project());
        NoteDraft draft;
        draft.title = "z";
        draft.type = "note";
        draft.content = "giraffe";
        REQUIRE(std::holds_alternative<StoredNote>(store.write("", draft, true)));
        std::filesystem::remove(fixture.notes() / "z.md");
        if (is_replaced) fixture.write("z.md", "zebra");
    });
    const auto report = sync(fixture);
    fixture.knowledge().changes().stop(listener);
    CHECK(is_done);
    CHECK(report.left_alone.empty());
    CHECK(hits(fixture, "giraffe").empty());
    CHECK(hits(fixture, "zebra").size() == (is_replaced ? 1 : 0));
    CHECK(fixture.entity("z.md").has_value() == is_replaced);
    CHECK(sync(fixture).is_clean());
}

TEST_CASE("13.1 item 102: notes written while a sync runs are neither lost nor stale") {
    KnowledgeFixture fixture;
    for (int i = 0; i < 400; ++i)
        fixture.write("bulk/" + std::to_string(i) + ".md", "text " + std::to_string(i));
    {
        const std::jthread writer([&fixture] {
            NoteStore store(fixture.knowledge(), fixture.project());
            for (int i = 0; i < 40; ++i) {
                NoteDraft draft;
                draft.title = "Live " + std::to_string(i);
                draft.type = "note";
                draft.content = "giraffe";
                store.write("live", draft, true);
            }
        });
        SyncOptions options;
        options.background = true;
        for (int i = 0; i < 3; ++i)
            REQUIRE(reconcile_project(fixture.knowledge(), fixture.project(), options));
    }
    const auto id = fixture.project().id;
    CHECK(fixture.read_index([&](Tables& tables) { return tables.entities.count(id); }) == 440);
    CHECK(sync(fixture).is_clean());
}

TEST_CASE("a sync that is told to stop ends early and the next one finishes the work") {
    KnowledgeFixture fixture;
    for (int i = 0; i < 50; ++i) fixture.write(std::to_string(i) + ".md", "x");
    std::stop_source stop;
    stop.request_stop();
    SyncOptions options;
    options.stop = stop.get_token();
    const auto report = reconcile_project(fixture.knowledge(), fixture.project(), options);
    REQUIRE(report);
    CHECK(report->deleted.empty());
    CHECK(sync(fixture).added.size() == 50);
}

TEST_CASE("13.1 item 58: external ids survive a full rebuild of the rows") {
    KnowledgeFixture fixture;
    fixture.write("a.md", "x");
    sync(fixture);
    const auto id = fixture.entity("a.md")->external_id;
    sync(fixture, true);
    CHECK(fixture.entity("a.md")->external_id == id);
}

TEST_CASE("13.1 item 57: a restart keeps the index") {
    KnowledgeFixture fixture;
    fixture.write("a.md", "zebra");
    sync(fixture);
    fixture.reopen();
    CHECK(hits(fixture, "zebra") == Paths{"a.md"});
}

TEST_CASE("a lost or damaged index is built anew from the files") {
    KnowledgeFixture fixture;
    fixture.write("a.md", "zebra");
    sync(fixture);
    fixture.reopen();
    fixture.folder().write("data/index.db", "this is no database");
    std::filesystem::remove(fixture.data() / "index.db-wal");
    fixture.reopen();
    CHECK(sync(fixture).added == Paths{"a.md"});
    CHECK(hits(fixture, "zebra") == Paths{"a.md"});
}

TEST_CASE("a project whose folder is missing keeps its rows and says so") {
    KnowledgeFixture fixture;
    fixture.write("a.md", "x");
    sync(fixture);
    std::filesystem::rename(fixture.notes(), fixture.folder().path() / "elsewhere");
    const auto report = reconcile_project(fixture.knowledge(), fixture.project());
    REQUIRE_FALSE(report);
    CHECK(report.error().fault == Fault::unavailable);
    CHECK(fixture.entity("a.md"));
}

TEST_CASE("a folder that is too deep is left alone and the log says why") {
    KnowledgeFixture fixture;
    fixture.write("a.md", "x");
    std::string deep;
    for (int level = 0; level < 205; ++level) deep += "d/";
    fixture.write(deep + "b.md", "x");
    CHECK(sync(fixture).unreadable_folders.size() == 1);
    const auto log = fixture.log();
    REQUIRE(log.size() == 1);
    CHECK(log.front().find("more than 200 folders deep") != std::string::npos);
}

TEST_CASE("a comparison only lists what a writer that died left behind and a sync removes it") {
    KnowledgeFixture fixture;
    const std::string leftover = ".bm-" + new_uuid() + ".tmp";
    fixture.write(leftover, "half of it");
    fixture.write("a.md", "x");
    fixture.advance(std::chrono::hours(2));
    REQUIRE(compare_project(fixture.knowledge(), fixture.project()));
    CHECK(std::filesystem::exists(fixture.notes() / leftover));
    sync(fixture);
    CHECK_FALSE(std::filesystem::exists(fixture.notes() / leftover));
}

}  // namespace
}  // namespace bm
