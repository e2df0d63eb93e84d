#include <filesystem>
#include <fstream>
#include <map>
#include <string>

#include <doctest/doctest.h>

#include "sync/note_store.hpp"
#include "sync/reconcile.hpp"
#include "tests/sync/reconcile_fixture.hpp"

// Files that were renamed keep their rows.

namespace bm {
namespace {

using test::compare;
using test::hits;
using test::KnowledgeFixture;
using test::Paths;
using test::sync;

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

}  // namespace
}  // namespace bm
