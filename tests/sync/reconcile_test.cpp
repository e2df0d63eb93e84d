#include "sync/reconcile.hpp"

#include <chrono>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "sync/note_store.hpp"
#include "tests/sync/reconcile_fixture.hpp"

// What a sync finds and what it makes of it.

namespace bm {
namespace {

using test::compare;
using test::hits;
using test::KnowledgeFixture;
using test::Paths;
using test::sync;

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

TEST_CASE("13.1 item 19: created and modified in frontmatter are the note's times") {
    KnowledgeFixture fixture;
    fixture.write(
        "a.md", "---\ncreated: 2024-01-15T08:00:00Z\nmodified: 2024-02-01T08:00:00+02:00\n---\nx");
    sync(fixture);
    CHECK(iso8601_utc(fixture.entity("a.md")->created) == "2024-01-15T08:00:00+00:00");
    CHECK(iso8601_utc(fixture.entity("a.md")->updated) == "2024-02-01T06:00:00+00:00");
}

}  // namespace
}  // namespace bm
