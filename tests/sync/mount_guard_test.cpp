#include "sync/mount_guard.hpp"

#include <algorithm>
#include <filesystem>

#include <doctest/doctest.h>

#include "repository/project_mounts.hpp"
#include "sync/reconcile.hpp"
#include "tests/sync/fixture.hpp"

namespace bm {
namespace {

namespace fs = std::filesystem;
using test::KnowledgeFixture;

/// As if the notes had been indexed while another disk was mounted there.
void say_it_was_another_disk(KnowledgeFixture& fixture, const std::string& folder) {
    const auto project = fixture.project().id;
    fixture.knowledge().index().write([&](Tables& tables) {
        auto devices = project_mounts(tables.database, project);
        devices[folder] = devices.at("") + 1;
        set_project_mounts(tables.database, project, devices);
    });
}

Result<SyncReport> sync(KnowledgeFixture& fixture, const SyncScope& scope) {
    SyncOptions options;
    options.scope = scope;
    return reconcile_project(fixture.knowledge(), fixture.project(), options);
}

TEST_CASE("a project whose disk is not mounted keeps its notes whoever syncs it") {
    KnowledgeFixture fixture;
    fixture.write("a.md", "x");
    fixture.write("in/b.md", "x");
    REQUIRE(sync(fixture, SyncScope::whole_project()));
    say_it_was_another_disk(fixture, "");
    fs::remove_all(fixture.notes());
    fixture.write(".mounted-here", "");
    SyncScope scope = SyncScope::whole_project();
    SUBCASE("everything") {}
    SUBCASE("a part of it") {
        scope = {};
        scope.add("a.md");
    }
    const auto refused = sync(fixture, scope);
    REQUIRE_FALSE(refused);
    CHECK(refused.error().fault == Fault::unavailable);
    CHECK(refused.error().message.find(fixture.notes().string()) != std::string::npos);
    CHECK(refused.error().message.find("until that disk is mounted") != std::string::npos);
    CHECK_FALSE(compare_project(fixture.knowledge(), fixture.project()));
    CHECK(fixture.entity("a.md"));
    CHECK(fixture.entity("in/b.md"));
    // The way out that the sentence names.
    fixture.write("new.md", "x");
    REQUIRE(sync(fixture, SyncScope::whole_project()));
    CHECK_FALSE(fixture.entity("a.md"));
    fs::remove(fixture.notes() / "new.md");
    REQUIRE(sync(fixture, SyncScope::whole_project()));
    CHECK_FALSE(fixture.entity("new.md"));
}

TEST_CASE("a disk that is unmounted while a scan goes on keeps its notes") {
    KnowledgeFixture fixture;
    for (const auto* path : {"in/moves.md", "in/stays.md", "in/deleted.md", "other.md"})
        fixture.write(path, path);
    REQUIRE(sync(fixture, SyncScope::whole_project()));
    std::string disk = "in";
    std::vector<std::string> deleted = {"other.md"};
    SUBCASE("one inside of the project") {}
    SUBCASE("the project's own") {
        disk = "";
        deleted.clear();
    }
    say_it_was_another_disk(fixture, disk);
    fs::rename(fixture.notes() / "in/moves.md", fixture.notes() / "in/moved.md");
    fs::remove(fixture.notes() / "in/deleted.md");
    fs::remove(fixture.notes() / "other.md");
    // The walk is over when the move is told of.
    const int listener = fixture.knowledge().changes().listen([&](const NoteChange& change) {
        if (change.kind != NoteChange::Kind::moved) return;
        fs::remove_all(fixture.notes() / "in");
        if (disk == "in") fs::create_directory(fixture.notes() / "in");
    });
    const auto report = sync(fixture, SyncScope::whole_project());
    fixture.knowledge().changes().stop(listener);
    REQUIRE(report);
    CHECK(report->deleted == deleted);
    CHECK(fixture.entity("in/deleted.md"));
    CHECK(fixture.entity("in/stays.md"));
}

TEST_CASE("another device number with files in the folder is no news") {
    KnowledgeFixture fixture;
    fixture.write("a.md", "x");
    fixture.write("b.md", "x");
    REQUIRE(sync(fixture, SyncScope::whole_project()));
    say_it_was_another_disk(fixture, "");
    fs::remove(fixture.notes() / "a.md");
    const auto report = sync(fixture, SyncScope::whole_project());
    REQUIRE(report);
    CHECK(report->deleted == std::vector<std::string>{"a.md"});
}

TEST_CASE("a disk that was mounted inside a project keeps its notes without it") {
    KnowledgeFixture fixture;
    fixture.write("disk/a.md", "x");
    fixture.write("disks.md", "x");
    fixture.write("other/b.md", "x");
    REQUIRE(sync(fixture, SyncScope::whole_project()));
    say_it_was_another_disk(fixture, "disk");
    fs::remove_all(fixture.notes());
    fs::create_directories(fixture.notes() / "disk");
    {
        const auto report = sync(fixture, SyncScope::whole_project());
        const auto log = fixture.log();
        const bool is_logged = std::any_of(log.begin(), log.end(), [](const std::string& line) {
            return line.find("disk/") != std::string::npos &&
                   line.find("until that disk is mounted") != std::string::npos &&
                   line.find("put any note into it") != std::string::npos;
        });
        CHECK(is_logged);
    }
    // The second time, too: it is not forgotten.
    for (int i = 0; i < 2; ++i) {
        const auto report = sync(fixture, SyncScope::whole_project());
        REQUIRE(report);
        CHECK(report->unreadable_folders == std::vector<std::string>{"disk/"});
        CHECK(fixture.entity("disk/a.md"));
        CHECK_FALSE(fixture.entity("disks.md"));
        CHECK_FALSE(fixture.entity("other/b.md"));
    }
    SyncScope scope;
    scope.add("disk");
    REQUIRE(sync(fixture, scope));
    CHECK(fixture.entity("disk/a.md"));
    fs::remove(fixture.notes() / "disk");
    REQUIRE(sync(fixture, SyncScope::whole_project()));
    CHECK_FALSE(fixture.entity("disk/a.md"));
}

TEST_CASE("a scan by watermark keeps the notes of a disk that is not mounted, too") {
    KnowledgeFixture fixture(
        std::map<std::string, std::string>{{"BASIC_MEMORY_SCAN_STRATEGY", "watermark"}});
    fixture.write("disk/a.md", "x");
    fixture.write("b.md", "x");
    fixture.write("c.md", "x");
    REQUIRE(sync(fixture, SyncScope::whole_project()));
    say_it_was_another_disk(fixture, "disk");
    fs::remove(fixture.notes() / "disk/a.md");
    // The second scan looks at newer files only, the third at all of them.
    for (int i = 0; i < 3; ++i) {
        if (i == 2) fs::remove(fixture.notes() / "b.md");
        const auto report = sync(fixture, SyncScope::whole_project());
        REQUIRE(report);
        CHECK(report->unreadable_folders == std::vector<std::string>{"disk/"});
        CHECK(fixture.entity("disk/a.md"));
    }
    CHECK_FALSE(fixture.entity("b.md"));
}

TEST_CASE("a disk that nobody can look at for a moment is remembered") {
    KnowledgeFixture fixture;
    fixture.write("x/disk/a.md", "x");
    REQUIRE(sync(fixture, SyncScope::whole_project()));
    say_it_was_another_disk(fixture, "x/disk");
    std::vector<std::string> unreadable;
    bool is_remembered = true;
    SUBCASE("a folder above it cannot be read") { unreadable = {"x/"}; }
    SUBCASE("itself") { unreadable = {"x/disk/"}; }
    SUBCASE("it gives no answer") {
        fs::remove_all(fixture.notes() / "x/disk");
        fs::create_symlink("disk", fixture.notes() / "x/disk");
    }
    SUBCASE("but not when it can be looked at") {
        unreadable = {"xx/"};
        is_remembered = false;
    }
    SUBCASE("nor when its folder has gone") {
        fs::remove_all(fixture.notes() / "x/disk");
        is_remembered = false;
    }
    const auto project = fixture.project();
    MountGuard guard(fixture.knowledge(), project);
    guard.begin();
    REQUIRE(guard.check(unreadable));
    CHECK(guard.devices().contains("x/disk") == is_remembered);
}

TEST_CASE("a project whose disk is pulled while it is loaded keeps its notes at the next scan") {
    KnowledgeFixture fixture;
    const test::TemporaryFolder disk("/dev/shm");
    if (device_of_folder(disk.path()) == device_of_folder(fixture.folder().path())) return;
    const auto place = fixture.folder().path() / "mounted";
    fs::create_directory_symlink(disk.path(), place);
    REQUIRE(fixture.knowledge().set_project_path("main", place.string()));
    for (const auto* path : {"a.md", "b.md"}) disk.write(path, "x");
    // As the folder looks that the disk has covered.
    const int listener = fixture.knowledge().changes().listen([&](const NoteChange&) {
        fs::remove(place);
        fs::create_directory(place);
    });
    static_cast<void>(sync(fixture, SyncScope::whole_project()));
    fixture.knowledge().changes().stop(listener);
    REQUIRE(fixture.entity("a.md"));
    REQUIRE(fs::is_empty(place));
    CHECK_FALSE(sync(fixture, SyncScope::whole_project()));
    CHECK(fixture.entity("a.md"));
    CHECK(fixture.entity("b.md"));
}

TEST_CASE("a project that was given another folder misses no disk of the old one") {
    KnowledgeFixture fixture;
    fixture.write("a.md", "x");
    REQUIRE(sync(fixture, SyncScope::whole_project()));
    say_it_was_another_disk(fixture, "");
    REQUIRE(
        fixture.knowledge().set_project_path("main", (fixture.folder().path() / "new").string()));
    const auto report = sync(fixture, SyncScope::whole_project());
    REQUIRE(report);
    CHECK(report->deleted == std::vector<std::string>{"a.md"});
}

}  // namespace
}  // namespace bm
