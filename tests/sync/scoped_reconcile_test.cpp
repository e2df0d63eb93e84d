#include <filesystem>

#include <doctest/doctest.h>

#include "sync/reconcile.hpp"
#include "tests/sync/fixture.hpp"

namespace bm {
namespace {

using test::KnowledgeFixture;
using Paths = std::vector<std::string>;

SyncReport sync_paths(KnowledgeFixture& fixture, const Paths& paths) {
    SyncOptions options;
    options.scope = {};
    for (const auto& path : paths) options.scope.add(path);
    return reconcile_project(fixture.knowledge(), fixture.project(), options).value();
}

SyncReport sync_all(KnowledgeFixture& fixture) {
    return reconcile_project(fixture.knowledge(), fixture.project()).value();
}

TEST_CASE("a scoped run looks at the named files and folders and at nothing else") {
    KnowledgeFixture fixture;
    for (const char* name : {"a.md", "b.md", "in/c.md", "in/deep/d.md", "in.md", "out/e.md"}) {
        fixture.write(name, std::string("text of ") + name);
    }
    auto report = sync_paths(fixture, {"a.md", "in"});
    CHECK(report.added == Paths{"a.md", "in/c.md", "in/deep/d.md"});
    CHECK(report.total_files == 3);
    CHECK_FALSE(fixture.entity("b.md"));
    CHECK_FALSE(fixture.entity("in.md"));
    CHECK(sync_all(fixture).added == Paths{"b.md", "in.md", "out/e.md"});
    for (const char* name : {"a.md", "b.md", "in/c.md", "in.md", "out/e.md"}) {
        fixture.write(name, std::string("other zebra text of ") + name);
    }
    CHECK(sync_paths(fixture, {"b.md", "in"}).modified == Paths{"b.md", "in/c.md"});
    CHECK(sync_paths(fixture, {"b.md", "in"}).is_clean());
    CHECK(sync_all(fixture).modified == Paths{"a.md", "in.md", "out/e.md"});
}

TEST_CASE("a second change within one step of the clock is found where something happened") {
    KnowledgeFixture fixture;
    fixture.write("a.md", "one zebra");
    sync_all(fixture);
    fixture.write("a.md", "two zebra");
    const auto entity = *fixture.entity("a.md");
    const auto stamp = fixture.knowledge().files(fixture.project())->stamp(entity.path).value();
    fixture.knowledge().index().write(
        [&](Tables& tables) { tables.entities.set_stamp(entity.id, stamp); });
    CHECK(sync_paths(fixture, {"a.md"}).modified == Paths{"a.md"});
    CHECK(fixture.entity("a.md")->checksum == checksum_of("two zebra"));
}

TEST_CASE("a scoped run finds moves and deletions below its paths") {
    KnowledgeFixture fixture;
    for (const char* name : {"old/a.md", "old/b.md", "oldest.md", "gone.md", "kept.md"}) {
        fixture.write(name, std::string("text of ") + name);
    }
    sync_all(fixture);
    const auto id = fixture.entity("old/a.md")->external_id;
    std::filesystem::rename(fixture.notes() / "old", fixture.notes() / "new");
    std::filesystem::remove(fixture.notes() / "gone.md");
    std::filesystem::remove(fixture.notes() / "kept.md");
    const auto report = sync_paths(fixture, {"old", "new", "gone.md", "never-was.md"});
    CHECK(report.moved ==
          std::map<std::string, std::string>{{"old/a.md", "new/a.md"}, {"old/b.md", "new/b.md"}});
    CHECK(report.deleted == Paths{"gone.md"});
    CHECK(fixture.entity("new/a.md")->external_id == id);
    CHECK(fixture.entity("oldest.md"));
    CHECK(fixture.entity("kept.md"));
}

TEST_CASE("a file that became a folder and the other way round is understood") {
    KnowledgeFixture fixture;
    fixture.write("x", "a file without a suffix");
    fixture.write("y/in.md", "text");
    sync_all(fixture);
    std::filesystem::remove(fixture.notes() / "x");
    fixture.write("x/in.md", "other text");
    std::filesystem::remove_all(fixture.notes() / "y");
    fixture.write("y", "a file now");
    const auto report = sync_paths(fixture, {"x", "y"});
    CHECK(report.added == Paths{"x/in.md", "y"});
    CHECK(report.deleted == Paths{"x", "y/in.md"});
    CHECK(sync_all(fixture).is_clean());
}

TEST_CASE("a scoped run is no scan of the project") {
    KnowledgeFixture fixture;
    fixture.write("a.md", "x");
    sync_paths(fixture, {"a.md"});
    CHECK_FALSE(fixture.knowledge().was_scanned(fixture.project()));
    sync_all(fixture);
    CHECK(fixture.knowledge().was_scanned(fixture.project()));
}

TEST_CASE("13.1 item 89: a scoped run leaves out what is ignored and symbolic links") {
    KnowledgeFixture fixture;
    fixture.write(".gitignore", "private\n*.bak\n");
    for (const char* name : {"private/a.md", "x.bak", ".hidden/b.md", "in/.git/c.md", "y.md~",
                             "z.md.0a1b2c3d.partial", "kept.md"}) {
        fixture.write(name, "x");
    }
    fixture.folder().write("outside/secret.md", "x");
    std::filesystem::create_directory_symlink(fixture.folder().path() / "outside",
                                              fixture.notes() / "link");
    const auto report =
        sync_paths(fixture, {"private/a.md", "private", "x.bak", ".hidden/b.md", "in", "y.md~",
                             "z.md.0a1b2c3d.partial", "link", "link/secret.md", "kept.md"});
    CHECK(report.added == Paths{"kept.md"});
    CHECK(report.unreadable_folders.empty());
}

TEST_CASE("a scoped run without the project folder fails and forgets nothing") {
    KnowledgeFixture fixture;
    fixture.write("a.md", "x");
    sync_all(fixture);
    std::filesystem::rename(fixture.notes(), fixture.folder().path() / "elsewhere");
    SyncOptions options;
    options.scope = {};
    options.scope.add("a.md");
    const auto report = reconcile_project(fixture.knowledge(), fixture.project(), options);
    REQUIRE_FALSE(report);
    CHECK(report.error().fault == Fault::unavailable);
    CHECK(fixture.entity("a.md"));
}

TEST_CASE("13.1 item 90: a file that is mended while its failure is recorded is tried again") {
    KnowledgeFixture fixture;
    for (const char* bytes : {"caf\xe9", "caf\xe9 1", "caf\xe9 2"}) {
        fixture.write("bad.md", bytes);
        CHECK(sync_all(fixture).failed.size() == 1);
    }
    fixture.write("bad.md", "caf\xe9 3");
    // The first question is when the run began, the second one when the file has failed.
    fixture.when_time_is_asked([&] {
        fixture.when_time_is_asked([&] { fixture.write("bad.md", "mended by an editor"); });
    });
    CHECK(sync_all(fixture).failed.size() == 1);
    CHECK(sync_all(fixture).added == std::vector<std::string>{"bad.md"});
}

TEST_CASE("a file that failed and is gone is no failure any more") {
    KnowledgeFixture fixture;
    const auto failures = [&fixture] {
        return fixture.read_index([&](Tables& tables) {
            std::vector<std::string> paths;
            for (const auto& each : tables.projects.failures(fixture.project().id))
                paths.push_back(each.path);
            return paths;
        });
    };
    for (const char* name : {"deleted.md", "in/moved.md", "in/deep/other.md", "stays.md"}) {
        fixture.write(name, "caf\xe9");
    }
    sync_all(fixture);
    CHECK(failures().size() == 4);
    std::filesystem::remove(fixture.notes() / "deleted.md");
    sync_paths(fixture, {"stays.md"});
    CHECK(failures().size() == 4);
    sync_paths(fixture, {"deleted.md"});
    CHECK(failures() == std::vector<std::string>{"in/deep/other.md", "in/moved.md", "stays.md"});
    std::filesystem::rename(fixture.notes() / "in", fixture.notes() / "out");
    sync_paths(fixture, {"in", "out"});
    CHECK(failures() == std::vector<std::string>{"out/deep/other.md", "out/moved.md", "stays.md"});
    fixture.write(".gitignore", "out\n");
    sync_all(fixture);
    CHECK(failures() == std::vector<std::string>{"stays.md"});
}

TEST_CASE("a note that is moved onto a file that failed ends its failure") {
    KnowledgeFixture fixture;
    fixture.write("bad.md", "caf\xe9");
    fixture.write("good.md", "text");
    CHECK(sync_all(fixture).failed.size() == 1);
    std::filesystem::rename(fixture.notes() / "good.md", fixture.notes() / "bad.md");
    CHECK(sync_paths(fixture, {"bad.md", "good.md"}).moved.size() == 1);
    CHECK(fixture.read_index(
        [&](Tables& tables) { return tables.projects.failures(fixture.project().id).empty(); }));
}

TEST_CASE("links settle when a title or a path changes in nothing but its case") {
    KnowledgeFixture fixture;
    const auto target = [&fixture](std::size_t which) {
        return fixture.links("from.md").at(which).to_path.value_or("none");
    };
    fixture.write("from.md", "- knows [[River Log]]\n- reads [[in/Deep]]\n");
    fixture.write("one.md", "---\ntitle: River Log\n---\n");
    fixture.write("two.md", "---\ntitle: River Log\n---\n");
    fixture.write("in/deep.md", "lower");
    fixture.write("in/DEEP.md", "upper");
    sync_all(fixture);
    CHECK(target(0) == "none");
    CHECK(target(1) == "none");
    fixture.write("two.md", "---\ntitle: RIVER LOG\n---\n");
    sync_paths(fixture, {"two.md"});
    CHECK(target(0) == "one.md");
    fixture.write("two.md", "---\ntitle: River Log\n---\n");
    sync_paths(fixture, {"two.md"});
    CHECK(target(0) == "none");
    std::filesystem::rename(fixture.notes() / "in/DEEP.md", fixture.notes() / "in/Deep.md");
    sync_paths(fixture, {"in/DEEP.md", "in/Deep.md"});
    CHECK(target(1) == "in/Deep.md");
    std::filesystem::rename(fixture.notes() / "in/Deep.md", fixture.notes() / "in/DEEP.md");
    sync_paths(fixture, {"in/DEEP.md", "in/Deep.md"});
    CHECK(target(1) == "none");
}

TEST_CASE("links settle in a scoped run from whichever side the target appears") {
    KnowledgeFixture fixture;
    fixture.write("from.md", "- knows [[Target]]\n");
    sync_all(fixture);
    CHECK_FALSE(fixture.links("from.md").front().to_path);
    fixture.write("Target.md", "# Target\n");
    sync_paths(fixture, {"Target.md"});
    CHECK(fixture.links("from.md").front().to_path);
    std::filesystem::remove(fixture.notes() / "Target.md");
    sync_paths(fixture, {"Target.md"});
    CHECK_FALSE(fixture.links("from.md").front().to_path);
}

}  // namespace
}  // namespace bm
