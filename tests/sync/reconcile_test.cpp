#include "sync/reconcile.hpp"

#include <algorithm>
#include <fstream>
#include <map>
#include <thread>
#include <utility>

#include <doctest/doctest.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sync/note_store.hpp"
#include "tests/sync/fixture.hpp"

namespace bm {
namespace {

using test::KnowledgeFixture;
using Paths = std::vector<std::string>;

SyncReport sync(KnowledgeFixture& fixture, bool full = false) {
    SyncOptions options;
    options.full = full;
    auto report = reconcile_project(fixture.knowledge(), fixture.project(), options);
    REQUIRE(report);
    return *std::move(report);
}

SyncReport compare(KnowledgeFixture& fixture) {
    auto report = compare_project(fixture.knowledge(), fixture.project());
    REQUIRE(report);
    return *std::move(report);
}

std::vector<std::string> hits(KnowledgeFixture& fixture, const std::string& text) {
    SearchRequest request;
    request.criterion = SearchRequest::Text{text};
    request.kinds = 1U << static_cast<unsigned>(ItemKind::entity);
    request.limit = 1'000;
    std::vector<std::string> found;
    const auto id = fixture.project().id;
    fixture.read_index([&](Tables& tables) {
        for (const auto& row : tables.search.search(id, request).rows) found.push_back(row.path);
    });
    std::sort(found.begin(), found.end());
    return found;
}

TEST_CASE("a first sync indexes notes and other files and rewrites none") {
    KnowledgeFixture fixture;
    fixture.write(
        "a.md", "---\ntitle: Alpha\n---\n\ntext with zebra\n\n- [fact] one #t\n- knows [[Beta]]\n");
    fixture.write("sub/b.md", "# Beta\nno frontmatter");
    fixture.write("pic.png", "not really a picture");
    fixture.write(".hidden.md", "x");
    const auto report = sync(fixture);
    CHECK(report.added == Paths{"a.md", "pic.png", "sub/b.md"});
    CHECK(report.total_files == 3);
    CHECK(fixture.read("sub/b.md") == "# Beta\nno frontmatter");
    CHECK(fixture.entity("a.md")->title == "Alpha");
    CHECK(fixture.entity("sub/b.md")->permalink == "sub/b");
    CHECK(fixture.entity("pic.png")->type == "file");
    CHECK_FALSE(fixture.entity("pic.png")->permalink);
    CHECK(hits(fixture, "zebra") == Paths{"a.md"});
    CHECK(sync(fixture).is_clean());
    CHECK(compare(fixture).is_clean());
}

TEST_CASE("changed and moved and deleted files are found and applied") {
    KnowledgeFixture fixture;
    for (const char* name : {"changed.md", "moved.md", "deleted.md", "same.md"}) {
        fixture.write(name, std::string("text of ") + name);
    }
    sync(fixture);
    const auto moved_id = fixture.entity("moved.md")->external_id;
    fixture.write("changed.md", "another zebra text");
    std::filesystem::create_directories(fixture.notes() / "new");
    std::filesystem::rename(fixture.notes() / "moved.md", fixture.notes() / "new/place.md");
    std::filesystem::remove(fixture.notes() / "deleted.md");
    const auto before = compare(fixture);
    CHECK(before.modified == Paths{"changed.md"});
    CHECK(before.deleted == Paths{"deleted.md"});
    CHECK(before.moved == std::map<std::string, std::string>{{"moved.md", "new/place.md"}});
    CHECK(before.checksums.at("changed.md") == checksum_of("another zebra text"));
    const auto report = sync(fixture);
    CHECK(report.modified == before.modified);
    CHECK(report.deleted == before.deleted);
    CHECK(report.moved == before.moved);
    CHECK(fixture.entity("new/place.md")->external_id == moved_id);
    CHECK_FALSE(fixture.entity("deleted.md"));
    CHECK(hits(fixture, "zebra") == Paths{"changed.md"});
    CHECK(hits(fixture, "deleted").empty());
    CHECK(sync(fixture).is_clean());
}

TEST_CASE("a touched file whose bytes are the same is not modified and not looked at again") {
    KnowledgeFixture fixture;
    fixture.write("a.md", "text");
    sync(fixture);
    std::filesystem::last_write_time(
        fixture.notes() / "a.md",
        std::filesystem::file_time_type::clock::now() + std::chrono::hours(1));
    CHECK(compare(fixture).is_clean());
    const auto stamp = fixture.settled_stamp("a.md");
    CHECK(sync(fixture).is_clean());
    CHECK(fixture.entity("a.md")->stamp == stamp);
}

TEST_CASE("what is read within a step of the clock after its change is read again") {
    KnowledgeFixture fixture;
    const auto files = fixture.knowledge().files(fixture.project());
    bool was_quick = false;
    for (int i = 0; i < 50 && !was_quick; ++i) {
        fixture.write("a.md", "text " + std::to_string(i));
        const auto stamp = *files->stamp(*RelativePath::parse("a.md"));
        sync(fixture);
        was_quick = !is_settled(stamp, system_now());
        if (was_quick) CHECK(fixture.entity("a.md")->stamp != stamp);
    }
    REQUIRE(was_quick);
    CHECK(compare(fixture).is_clean());
    const auto stamp = fixture.settled_stamp("a.md");
    CHECK(sync(fixture).is_clean());
    CHECK(fixture.entity("a.md")->stamp == stamp);
}

TEST_CASE("13.1 item 93: a touched file has the time of its touch, as in a fresh index") {
    KnowledgeFixture fixture;
    fixture.write("plain.md", "- knows [[dated]]\n");
    fixture.write("dated.md", "---\nmodified: 2024-01-15T10:00:00Z\n---\n");
    fixture.write("scan.pdf", "%PDF");
    sync(fixture);
    const auto dated = fixture.entity("dated.md")->updated;
    const auto touched = std::filesystem::file_time_type::clock::now() + std::chrono::hours(48);
    for (const char* name : {"plain.md", "dated.md", "scan.pdf"}) {
        std::filesystem::last_write_time(fixture.notes() / name, touched);
    }
    CHECK(sync(fixture).is_clean());
    for (const char* name : {"plain.md", "scan.pdf"}) {
        const auto row = *fixture.entity(name);
        CHECK(row.updated.time_since_epoch().count() == row.stamp.mtime_ns / 1000);
    }
    CHECK(fixture.entity("dated.md")->updated == dated);
    SearchRequest request;
    request.criterion = SearchRequest::Text{"knows OR dated"};
    request.changed_after = std::chrono::time_point_cast<Timestamp::duration>(
        std::chrono::system_clock::now() + std::chrono::hours(24));
    request.limit = 10;
    const auto newest = fixture.read_index(
        [&](Tables& tables) { return tables.search.search(fixture.project().id, request).rows; });
    REQUIRE(newest.size() == 2);  // the note and its relation
    CHECK(newest[0].path == "plain.md");
}

TEST_CASE("a change of the bytes that keeps time and size is found by a full sync") {
    KnowledgeFixture fixture;
    fixture.write("a.md", "text one");
    sync(fixture);
    const auto when = std::filesystem::last_write_time(fixture.notes() / "a.md");
    fixture.write("a.md", "text two");
    std::filesystem::last_write_time(fixture.notes() / "a.md", when);
    CHECK(sync(fixture, true).modified == Paths{"a.md"});
}

TEST_CASE("a bad file is reported and stops no other and is left alone until it changes") {
    KnowledgeFixture fixture;
    fixture.write("bad.md", "caf\xe9");
    fixture.write("good.md", "fine");
    auto report = sync(fixture);
    CHECK(report.added == Paths{"good.md"});
    REQUIRE(report.failed.size() == 1);
    CHECK(report.failed[0].path == "bad.md");
    CHECK(report.failed[0].reason.find("UTF-8") != std::string::npos);
    CHECK(compare(fixture).is_clean());
    CHECK(compare(fixture).skipped.size() == 1);
    sync(fixture);
    sync(fixture);
    report = sync(fixture);  // three failures: not tried again
    CHECK(report.failed.empty());
    REQUIRE(report.skipped.size() == 1);
    CHECK(report.skipped[0].failures == 3);
    fixture.write("bad.md", "café");
    CHECK(sync(fixture).added == Paths{"bad.md"});
    CHECK(sync(fixture).skipped.empty());
}

TEST_CASE("13.1 item 78: a sync of a changed note leaves no stale row") {
    KnowledgeFixture fixture;
    fixture.write("a.md", "- [old] zebra #x\n- knows [[Old]]\n");
    sync(fixture);
    fixture.write("a.md", "- [new] giraffe\n");
    sync(fixture);
    const auto entity = fixture.entity("a.md");
    fixture.read_index([&](Tables& tables) {
        const auto observations = tables.graph.observations_of(entity->id);
        REQUIRE(observations.size() == 1);
        CHECK(observations[0].category == "new");
        CHECK(tables.graph.outgoing(entity->id).empty());
    });
    CHECK(hits(fixture, "zebra").empty());
}

TEST_CASE("a large first sync settles links for the whole project as single notes would") {
    KnowledgeFixture bulk;
    KnowledgeFixture single;
    constexpr int kNotes = 260;  // beyond the limit of note-by-note indexing
    for (int i = 0; i < kNotes; ++i) {
        const std::string name = "f" + std::to_string(i % 7) + "/Note " + std::to_string(i) + ".md";
        const std::string text = "# N\n- next [[Note " + std::to_string((i + 1) % kNotes) +
                                 "]]\n- path [[f" + std::to_string((i + 2) % 7) + "/note_" +
                                 std::to_string(i + 2) + "|x]]\n- none [[Missing " +
                                 std::to_string(i) + "]]\n[[Note " + std::to_string(i) +
                                 "#Heading]]";
        bulk.write(name, text);
        single.write(name, text);
    }
    sync(bulk);
    NoteStore store(single.knowledge(), single.project());
    for (int i = 0; i < kNotes; ++i) {
        REQUIRE(store.index_from_disk(*RelativePath::parse("f" + std::to_string(i % 7) + "/Note " +
                                                           std::to_string(i) + ".md")));
    }
    for (int i = 0; i < kNotes; ++i) {
        const std::string name = "f" + std::to_string(i % 7) + "/Note " + std::to_string(i) + ".md";
        CAPTURE(name);
        const auto left = bulk.links(name);
        const auto right = single.links(name);
        REQUIRE(left.size() == right.size());
        for (std::size_t k = 0; k < left.size(); ++k) {
            CHECK(left[k].relation.to_name == right[k].relation.to_name);
            CHECK(left[k].to_path == right[k].to_path);
        }
    }
    CHECK(hits(bulk, "Note") == hits(single, "Note"));
}

std::string target_of(KnowledgeFixture& fixture, std::string_view path) {
    const auto links = fixture.links(path);
    REQUIRE(links.size() == 1);
    return links.front().to_path.value_or("nothing");
}

TEST_CASE("a bulk load that ends early leaves no link unsettled for ever") {
    KnowledgeFixture fixture;
    constexpr int kNotes = 700;
    const auto name = [](int i) { return "Note " + std::to_string(i) + ".md"; };
    for (int i = 0; i < kNotes; ++i) {
        fixture.write(name(i), "- next [[Note " + std::to_string((i + 1) % kNotes) + "]]\n");
    }
    std::stop_source stop;
    SyncOptions options;
    options.stop = stop.get_token();
    options.progress = [&](std::size_t, std::size_t) { stop.request_stop(); };
    const auto first = reconcile_project(fixture.knowledge(), fixture.project(), options);
    REQUIRE(first);
    REQUIRE(first->added.size() > 500);
    REQUIRE(first->added.size() < kNotes);
    fixture.reopen();
    sync(fixture);
    for (int i = 0; i < kNotes; ++i) {
        CAPTURE(i);
        CHECK(target_of(fixture, name(i)) == name((i + 1) % kNotes));
    }
}

TEST_CASE("a bulk load looks again at older links whose names changed their owner") {
    KnowledgeFixture fixture;
    fixture.write("from.md", "- uses [[Alpha]]\n");
    fixture.write("shared.md", "- uses [[Once]]\n");
    fixture.write("target.md", "---\ntitle: Alpha\n---\nx\n");
    fixture.write("once.md", "---\ntitle: Once\n---\nx\n");
    sync(fixture);
    CHECK(target_of(fixture, "from.md") == "target.md");
    CHECK(target_of(fixture, "shared.md") == "once.md");
    fixture.write("target.md", "---\ntitle: Beta\n---\nlonger text\n");
    fixture.write("other.md", "---\ntitle: Alpha\n---\nx\n");
    fixture.write("sub/once more.md", "---\ntitle: Once\n---\nx\n");
    for (int i = 0; i < 300; ++i) fixture.write("fill/" + std::to_string(i) + ".md", "x");
    sync(fixture);
    CHECK(target_of(fixture, "from.md") == "other.md");
    CHECK(target_of(fixture, "shared.md") == "nothing");
}

TEST_CASE("13.1 item 89: a file that becomes ignored leaves the index") {
    KnowledgeFixture fixture;
    fixture.write("private/secret.md", "zebra");
    fixture.write("open.md", "zebra");
    sync(fixture);
    CHECK(hits(fixture, "zebra") == Paths{"open.md", "private/secret.md"});
    fixture.write(".gitignore", "private/\n");
    CHECK(sync(fixture).deleted == Paths{"private/secret.md"});
    CHECK(hits(fixture, "zebra") == Paths{"open.md"});
    CHECK(compare(fixture).is_clean());
    CHECK(fixture.read("private/secret.md") == "zebra");
}

TEST_CASE("one of two notes with a title is not preferred because it lies in the root") {
    for (const int fill : {0, 300}) {
        KnowledgeFixture fixture;
        fixture.write("Daily.md", "root");
        fixture.write("log/Daily.md", "---\ntitle: Daily\n---\nother");
        fixture.write("from.md", "- see [[Daily]]\n");
        for (int i = 0; i < fill; ++i) fixture.write("fill/" + std::to_string(i) + ".md", "x");
        sync(fixture);
        CAPTURE(fill);
        CHECK(target_of(fixture, "from.md") == "nothing");
    }
}

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

TEST_CASE("a file that was renamed and changed keeps its row") {
    KnowledgeFixture fixture;
    fixture.write("a.md", "# A\n\ntext");
    sync(fixture);
    const auto before = fixture.entity("a.md");
    std::filesystem::rename(fixture.notes() / "a.md", fixture.notes() / "b.md");
    std::ofstream(fixture.notes() / "b.md", std::ios::app) << " zebra";
    const auto report = sync(fixture);
    CHECK(report.moved == std::map<std::string, std::string>{{"a.md", "b.md"}});
    CHECK(report.added.empty());
    CHECK(report.deleted.empty());
    REQUIRE(fixture.entity("b.md"));
    CHECK(fixture.entity("b.md")->external_id == before->external_id);
    CHECK(hits(fixture, "zebra").size() == 1);
    CHECK(sync(fixture).is_clean());
}

TEST_CASE("a move takes no row from a note that a tool wrote at the new place") {
    KnowledgeFixture fixture;
    for (int i = 0; i < 3; ++i)
        fixture.write("old" + std::to_string(i) + ".md", "same " + std::to_string(i));
    sync(fixture);
    for (int i = 0; i < 3; ++i) {
        const std::string number = std::to_string(i);
        std::filesystem::rename(fixture.notes() / ("old" + number + ".md"),
                                fixture.notes() / ("new" + number + ".md"));
    }
    // One of the moves is in the index already, as another process would have done it.
    SyncOptions options;
    options.scope = {};
    options.scope.add("new1.md");
    REQUIRE(reconcile_project(fixture.knowledge(), fixture.project(), options));
    const auto there = fixture.entity("new1.md");
    REQUIRE(there);
    sync(fixture);
    CHECK(fixture.entity("new1.md")->external_id == there->external_id);
    CHECK_FALSE(fixture.entity("old1.md"));
    CHECK(sync(fixture).is_clean());
}

TEST_CASE("13.1 item 90: a file that failed three times is left alone after a restart too") {
    KnowledgeFixture fixture;
    fixture.write("bad.md", "caf\xe9");
    for (int i = 0; i < 3; ++i) {
        CHECK(sync(fixture).failed.size() == 1);
        fixture.reopen();
    }
    CHECK(sync(fixture).failed.empty());
    CHECK(sync(fixture).skipped.size() == 1);
    fixture.write("bad.md", "good");
    CHECK(sync(fixture).added == Paths{"bad.md"});
}

TEST_CASE("a note too large to be read is indexed by its name") {
    KnowledgeFixture fixture;
    fixture.write("big/Huge.md", "zebra");
    std::filesystem::resize_file(fixture.notes() / "big/Huge.md", kMaxNoteBytes + 1);
    CHECK(sync(fixture).added == Paths{"big/Huge.md"});
    CHECK(fixture.entity("big/Huge.md")->title == "Huge");
    CHECK(hits(fixture, "Huge") == Paths{"big/Huge.md"});
    CHECK(hits(fixture, "zebra").empty());
    CHECK(compare(fixture).is_clean());
}

TEST_CASE("a folder renamed on disk is a move of each of its notes") {
    KnowledgeFixture fixture;
    for (int i = 0; i < 5; ++i)
        fixture.write("old/n" + std::to_string(i) + ".md", "text " + std::to_string(i));
    sync(fixture);
    std::filesystem::rename(fixture.notes() / "old", fixture.notes() / "new");
    const auto report = sync(fixture);
    CHECK(report.moved.size() == 5);
    CHECK(report.added.empty());
    CHECK(report.deleted.empty());
}

TEST_CASE("two files that swap their names end with the right contents") {
    KnowledgeFixture fixture;
    fixture.write("a.md", "alpha zebra");
    fixture.write("b.md", "beta");
    sync(fixture);
    std::filesystem::rename(fixture.notes() / "a.md", fixture.notes() / "t.md");
    std::filesystem::rename(fixture.notes() / "b.md", fixture.notes() / "a.md");
    std::filesystem::rename(fixture.notes() / "t.md", fixture.notes() / "b.md");
    sync(fixture);
    CHECK(hits(fixture, "zebra") == Paths{"b.md"});
    CHECK(sync(fixture).is_clean());
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

TEST_CASE("13.1 item 19: created and modified in frontmatter are the note's times") {
    KnowledgeFixture fixture;
    fixture.write(
        "a.md", "---\ncreated: 2024-01-15T08:00:00Z\nmodified: 2024-02-01T08:00:00+02:00\n---\nx");
    sync(fixture);
    CHECK(iso8601_utc(fixture.entity("a.md")->created) == "2024-01-15T08:00:00+00:00");
    CHECK(iso8601_utc(fixture.entity("a.md")->updated) == "2024-02-01T06:00:00+00:00");
}

TEST_CASE("13.1 item 101: a copy at a path that a move left is a new note") {
    KnowledgeFixture fixture;
    NoteStore store(fixture.knowledge(), fixture.project());
    fixture.write("a.md", "same bytes");
    sync(fixture);
    const auto moved = store.move(*fixture.entity("a.md"), *RelativePath::parse("b.md"));
    REQUIRE(moved);
    fixture.write("a.md", "same bytes");
    CHECK(sync(fixture).added == Paths{"a.md"});
    CHECK(fixture.entity("b.md")->id == moved->entity.id);
    CHECK(fixture.entity("a.md")->id != moved->entity.id);
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
