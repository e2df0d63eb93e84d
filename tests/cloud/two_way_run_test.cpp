#include <doctest/doctest.h>

#include "cloud/bisync_listing.hpp"
#include "cloud/scope_memory.hpp"
#include "tests/cloud/cloud_rig.hpp"

using namespace bm;
using namespace bm::test;

namespace {

void make_notes(const Device& device, int count) {
    for (int i = 0; i < count; ++i) {
        device.write("p/n" + std::to_string(i) + ".md", "note " + std::to_string(i));
    }
}

void remove_notes(const fs::path& root, int count) {
    for (int i = 0; i < count; ++i) fs::remove(root / ("p/n" + std::to_string(i) + ".md"));
}

}  // namespace

TEST_CASE("the first run needs --resync, and changes nothing without it") {
    const auto rclone = real_rclone();
    if (!rclone) return;
    const CloudRig rig(*rclone);
    auto a = rig.device("a");
    a.write("p/x.md", "x");
    CHECK(code_of(a.sync()) ==
          "not_initialized: First bisync requires --resync to establish baseline");
    CHECK(tree_of(rig.cloud()).empty());
    CHECK(code_of(a.resync()) == "ok");
    CHECK(tree_of(rig.cloud()) == tree_of(a.root()));
    CHECK(is_initialized(a.space(), read_scope_state(a.space())));
}

TEST_CASE("changes go both ways, and a conflict keeps both versions on both sides") {
    const auto rclone = real_rclone();
    if (!rclone) return;
    const CloudRig rig(*rclone);
    auto a = rig.device("a");
    make_notes(a, 4);
    REQUIRE(code_of(a.resync()) == "ok");
    a.write("p/n0.md", "edited here");
    rig.write("p/n1.md", "edited in the cloud");
    fs::remove(rig.cloud() / "p/n2.md");
    a.write("p/n3.md", "older, here");
    fs::last_write_time(a.root() / "p/n3.md",
                        fs::file_time_type::clock::now() - std::chrono::hours(1));
    rig.write("p/n3.md", "newer, in the cloud");
    const auto report = a.sync();
    REQUIRE(code_of(report) == "ok");
    CHECK(report.actions.deleted_local == std::vector<std::string>{"p/n2.md"});
    REQUIRE(report.actions.conflicts.size() == 1);
    CHECK(report.actions.conflicts[0].path == "p/n3.md");
    const auto here = tree_of(a.root());
    CHECK(here == tree_of(rig.cloud()));
    CHECK(here.at("p/n0.md") == "edited here");
    CHECK(here.at("p/n1.md") == "edited in the cloud");
    CHECK(here.at("p/n3.md") == "newer, in the cloud");
    CHECK(here.at("p/n3.md.conflict1") == "older, here");
    CHECK_FALSE(here.contains("p/n2.md"));
    // rclone alone forgets the winner of a conflict, and a deletion of it would come back.
    CHECK(read_baseline(a.space())->local.contains("p/n3.md"));
    fs::remove(a.root() / "p/n3.md");
    REQUIRE(code_of(a.sync()) == "ok");
    CHECK_FALSE(tree_of(rig.cloud()).contains("p/n3.md"));
    // What a run removed here is in the trash.
    bool found = false;
    for (const auto& [path, bytes] : tree_of(a.space().trash())) found = found || bytes == "note 2";
    CHECK(found);
}

TEST_CASE("more deletions than the limit stop a run before it deletes one") {
    const auto rclone = real_rclone();
    if (!rclone) return;
    const CloudRig rig(*rclone);
    auto a = rig.device("a");
    make_notes(a, 14);
    REQUIRE(code_of(a.resync()) == "ok");
    remove_notes(rig.cloud(), 11);
    SyncWish safe;
    safe.profile = "safe";
    CHECK(code_of(a.sync(safe)) == "deletion_limit: Deletion exceeds safety limit (11 > 10)");
    CHECK(tree_of(a.root()).size() == 14);
    a.ask = [](const std::string& question) {
        CHECK(question == "Delete 11 files locally?");
        return false;
    };
    CHECK(code_of(a.sync(safe)) == "deletion_limit: Deletion exceeds safety limit (11 > 10)");
    SUBCASE("one less passes") {
        rig.write("p/n0.md", "note 0");
        CHECK(code_of(a.sync(safe)) == "ok");
        CHECK(tree_of(a.root()).size() == 4);
    }
    SUBCASE("--force deletes") {
        safe.force = true;
        CHECK(code_of(a.sync(safe)) == "ok");
        CHECK(tree_of(a.root()).size() == 3);
    }
    SUBCASE("--resync brings the files back") {
        CHECK(code_of(a.resync()) == "ok");
        CHECK(tree_of(rig.cloud()).size() == 14);
    }
}

TEST_CASE("an empty side stops a run") {
    const auto rclone = real_rclone();
    if (!rclone) return;
    const CloudRig rig(*rclone);
    auto a = rig.device("a");
    make_notes(a, 3);
    REQUIRE(code_of(a.resync()) == "ok");
    const bool cloud_is_empty = [] {
        bool yes = false;
        SUBCASE("here") {}
        SUBCASE("in the cloud") { yes = true; }
        return yes;
    }();
    fs::remove_all((cloud_is_empty ? rig.cloud() : a.root()) / "p");
    CHECK(code_of(a.sync()).starts_with("side_empty: "));
    CHECK(tree_of(cloud_is_empty ? a.root() : rig.cloud()).size() == 3);
    // A note that was changed since then is no part of the deletion.
    if (cloud_is_empty) {
        a.write("p/n1.md", "changed");
    } else {
        rig.write("p/n1.md", "changed");
    }
    SyncWish forced;
    forced.force = true;
    CHECK(code_of(a.sync(forced)) == "ok");
    const auto left = tree_of(a.root());
    CHECK(left == tree_of(rig.cloud()));
    CHECK(left.size() == 1);
    CHECK(left.at("p/n1.md") == "changed");
}

TEST_CASE("a side that has other files only stops a run, however few they were") {
    const auto rclone = real_rclone();
    if (!rclone) return;
    const CloudRig rig(*rclone);
    auto a = rig.device("a");
    make_notes(a, 3);
    REQUIRE(code_of(a.resync()) == "ok");
    bool in_cloud = false;
    bool has_stranger = false;
    SUBCASE("another disk here") { has_stranger = true; }
    SUBCASE("folders alone here") {}
    SUBCASE("another disk in the cloud") { in_cloud = has_stranger = true; }
    SUBCASE("folders alone in the cloud") { in_cloud = true; }
    const fs::path side = in_cloud ? rig.cloud() : a.root();
    const fs::path other = in_cloud ? a.root() : rig.cloud();
    remove_notes(side, 3);
    fs::create_directories(side / "p/sub");
    if (has_stranger) std::ofstream(side / "p/stranger.md") << "of somebody else";
    SyncWish wish;
    wish.dry_run = true;
    const auto preview = a.sync(wish);
    CHECK(code_of(preview) == "ok");
    REQUIRE_FALSE(preview.notes.empty());
    CHECK(preview.notes.back().starts_with("Would stop: "));
    wish.dry_run = false;
    wish.yes = true;
    CHECK(code_of(a.sync(wish)).starts_with("side_empty: "));
    CHECK(tree_of(other).size() == 3);
    wish.force = true;
    CHECK(code_of(a.sync(wish)) == "ok");
    CHECK(tree_of(a.root()) == tree_of(rig.cloud()));
    CHECK_FALSE(tree_of(a.root()).contains("p/n0.md"));
}

TEST_CASE("all notes renamed are no disk that is not there") {
    const auto rclone = real_rclone();
    if (!rclone) return;
    const CloudRig rig(*rclone);
    auto a = rig.device("a");
    make_notes(a, 2);
    REQUIRE(code_of(a.resync()) == "ok");
    for (const char* name : {"n0", "n1"}) {
        fs::rename(a.root() / "p" / (std::string(name) + ".md"),
                   a.root() / "p" / (std::string(name) + "-new.md"));
    }
    CHECK(code_of(a.sync()) == "ok");
    CHECK(tree_of(a.root()) == tree_of(rig.cloud()));
    CHECK(tree_of(rig.cloud()).contains("p/n0-new.md"));
}

TEST_CASE("a local root that is gone is no deletion") {
    const auto rclone = real_rclone();
    if (!rclone) return;
    const CloudRig rig(*rclone);
    auto a = rig.device("a");
    make_notes(a, 2);
    REQUIRE(code_of(a.resync()) == "ok");
    fs::remove_all(a.root());
    CHECK(code_of(a.sync()).starts_with("local_missing: "));
    CHECK_FALSE(fs::exists(a.root()));
    CHECK(tree_of(rig.cloud()).size() == 2);
}

TEST_CASE("a dry run changes nothing and tells what would be done") {
    const auto rclone = real_rclone();
    if (!rclone) return;
    const CloudRig rig(*rclone);
    auto a = rig.device("a");
    make_notes(a, 3);
    REQUIRE(code_of(a.resync()) == "ok");
    a.write("p/new.md", "new");
    fs::remove(rig.cloud() / "p/n0.md");
    const auto here = tree_of(a.root());
    const auto there = tree_of(rig.cloud());
    const auto state = tree_of(a.space().state);
    SyncWish dry;
    dry.dry_run = true;
    const auto report = a.sync(dry);
    CHECK(code_of(report) == "ok");
    CHECK(report.actions.uploaded == std::vector<std::string>{"p/new.md"});
    CHECK(report.actions.deleted_local == std::vector<std::string>{"p/n0.md"});
    CHECK(tree_of(a.root()) == here);
    CHECK(tree_of(rig.cloud()) == there);
    auto after = tree_of(a.space().state);
    after["last-run.log"] = state.at("last-run.log");
    CHECK(after == state);
    CHECK(code_of(a.sync()) == "ok");
}

TEST_CASE("a project with one note, and one without any") {
    const auto rclone = real_rclone();
    if (!rclone) return;
    const CloudRig rig(*rclone);
    auto a = rig.device("a");
    REQUIRE(code_of(a.resync()) == "ok");
    CHECK(code_of(a.sync()) == "ok");
    rig.write("p/one.md", "one");
    CHECK(code_of(a.sync()) == "ok");
    a.write("p/one.md", "another one");
    CHECK(code_of(a.sync()) == "ok");
    CHECK(tree_of(rig.cloud()) == tree_of(a.root()));
}

TEST_CASE("a resync keeps the losing version of every file") {
    const auto rclone = real_rclone();
    if (!rclone) return;
    const CloudRig rig(*rclone);
    auto a = rig.device("a");
    a.write("p/here.md", "newer here");
    rig.write("p/here.md", "old");
    a.write("p/there.md", "old here");
    rig.write("p/there.md", "newer in the cloud");
    const auto long_ago = fs::file_time_type::clock::now() - std::chrono::hours(5);
    fs::last_write_time(rig.cloud() / "p/here.md", long_ago);
    fs::last_write_time(a.root() / "p/there.md", long_ago);
    REQUIRE(code_of(a.resync()) == "ok");
    const auto here = tree_of(a.root());
    CHECK(here == tree_of(rig.cloud()));
    CHECK(here.at("p/here.md") == "newer here");
    CHECK(here.at("p/there.md") == "newer in the cloud");
    std::set<std::string> kept;
    for (const auto& [path, bytes] : tree_of(a.space().trash())) kept.insert(bytes);
    CHECK(kept == std::set<std::string>{"old", "old here"});
}

TEST_CASE("X-11: a name that is composed otherwise in the cloud is the same name") {
    const auto rclone = real_rclone();
    if (!rclone) return;
    const CloudRig rig(*rclone);
    auto a = rig.device("a");
    const std::string apart = "p/a\u0308.md";
    const std::string whole = "p/\u00e4.md";
    a.write(apart, "old here");
    fs::last_write_time(a.root() / apart, fs::file_time_type::clock::now() - std::chrono::hours(1));
    rig.write(whole, "newer in the cloud");
    a.write("p/b.md", "b");
    REQUIRE(code_of(a.resync()) == "ok");
    CHECK(is_initialized(a.space(), read_scope_state(a.space())));
    CHECK(code_of(a.sync()) == "ok");
    // rclone may give the note here the name that it has in the cloud; it is one note all the same.
    CHECK(tree_of(a.root()).size() == 2);
    const std::string name_here = fs::exists(a.root() / apart) ? apart : whole;
    CHECK(tree_of(a.root()).at(name_here) == "newer in the cloud");
    bool was_kept = false;
    for (const auto& [path, bytes] : tree_of(a.space().trash()))
        was_kept = was_kept || bytes == "old here";
    CHECK(was_kept);
    a.write(name_here, "edited here");
    CHECK(code_of(a.sync()) == "ok");
    CHECK(tree_of(rig.cloud()).size() == 2);
    CHECK(tree_of(rig.cloud()).at(whole) == "edited here");
    fs::remove(rig.cloud() / whole);
    const auto report = a.sync();
    CHECK(code_of(report) == "ok");
    CHECK(tree_of(a.root()).size() == 1);
}

TEST_CASE("a torn memory is repaired after a bad end and refused after a good one") {
    const auto rclone = real_rclone();
    if (!rclone) return;
    const CloudRig rig(*rclone);
    auto a = rig.device("a");
    make_notes(a, 3);
    REQUIRE(code_of(a.resync()) == "ok");
    a.write("p/more.md", "more");
    REQUIRE(code_of(a.sync()) == "ok");
    std::ofstream(a.space().listing(2), std::ios::trunc) << "# bisync listing v1 from x\n- 3";
    SUBCASE("a run died") {
        auto state = *read_scope_state(a.space());
        state.in_progress = RunInProgress{1, "bm sync", "run", "then"};
        REQUIRE(write_scope_state(a.space(), state));
        const auto report = a.sync();
        CHECK(code_of(report) == "ok");
        CHECK(report.recovered);
    }
    SUBCASE("nothing was running") {
        const auto report = a.sync();
        CHECK(code_of(report) == "needs_resync: sync state is damaged.");
        CHECK(report.failure->hint == "Run: bm cloud bisync --resync");
        CHECK(code_of(a.resync()) == "ok");
    }
    SUBCASE("a resync died") {
        auto state = *read_scope_state(a.space());
        state.in_progress = RunInProgress{1, "bm sync", "resync", "then"};
        REQUIRE(write_scope_state(a.space(), state));
        CHECK(code_of(a.sync()).starts_with("needs_resync: The last --resync did not finish."));
        CHECK(code_of(a.resync()) == "ok");
        CHECK(code_of(a.sync()) == "ok");
    }
}

TEST_CASE("a folder that was replaced by a link is neither deleted in the cloud nor followed") {
    const auto rclone = real_rclone();
    if (!rclone) return;
    const CloudRig rig(*rclone);
    auto a = rig.device("a");
    make_notes(a, 5);
    a.write("p/shared/s.md", "synced");
    REQUIRE(code_of(a.resync()) == "ok");
    const fs::path elsewhere = rig.folder.path() / "elsewhere";
    fs::rename(a.root() / "p/shared", elsewhere);
    fs::create_directory_symlink(elsewhere, a.root() / "p/shared");
    rig.write("p/shared/s.md", "edited by another machine");
    rig.write("p/shared/new.md", "new");
    a.write("p/n0.md", "edited here");
    for (int round = 0; round < 2; ++round) {
        const auto report = a.sync();
        REQUIRE(code_of(report) == "ok");
        // Once: it stays for good, and is told again when it is another one.
        if (round == 0) {
            CHECK(report.warnings ==
                  std::vector<std::string>{"Links are not followed, and nothing is written through "
                                           "them: p/shared"});
        } else {
            CHECK(report.warnings.empty());
        }
        CHECK(tree_of(elsewhere) == std::map<std::string, std::string>{{"s.md", "synced"}});
    }
    CHECK(tree_of(rig.cloud()).at("p/shared/s.md") == "edited by another machine");
    CHECK(tree_of(rig.cloud()).at("p/n0.md") == "edited here");
    CHECK(tree_of(rig.cloud()).size() == 7);
    fs::create_symlink("nowhere", a.root() / "p/other");
    CHECK(a.sync().warnings.size() == 1);
    CHECK(a.sync().warnings.empty());
}
