#include "cloud/space_sync.hpp"

#include <doctest/doctest.h>

#include "cloud/attachment.hpp"
#include "cloud/project_removal.hpp"
#include "cloud/project_sync.hpp"
#include "cloud/space_registration.hpp"
#include "markdown/text.hpp"
#include "tests/cloud/cloud_rig.hpp"

using namespace bm;
using namespace bm::test;

namespace {

SyncWish plain_wish(const char* profile = "balanced") {
    SyncWish wish;
    wish.profile = profile;
    wish.command = "bm sync";
    return wish;
}

HostView view_of(Device& device) {
    auto context = device.context();
    return *look_at_host(context);
}

CloudReport sync_space_of(Device& device, const SyncWish& wish) {
    auto context = device.context();
    return sync_space(context, view_of(device), wish);
}

SyncWish resync_wish() {
    SyncWish wish = plain_wish();
    wish.resync = true;
    return wish;
}

}  // namespace

TEST_CASE("folders with notes become projects, others do not") {
    const CloudRig rig("/no/rclone");
    auto a = rig.device("a");
    a.write("new/n.md", "n");
    a.write(".hidden/n.md", "n");
    a.write("build/n.md", "n");
    a.write("only-temporary/x.tmp", "n");
    a.write("known/n.md", "n");
    a.write("Cased/n.md", "n");
    a.write("gone/n.md", "n");
    a.write("own/n.md", "n");
    a.write("My Notes/n.md", "n");
    a.write("file.md", "n");
    fs::create_directories(a.root() / "empty");
    fs::create_directory_symlink(a.root() / "known", a.root() / "link");
    a.host.known = {{"known", "1", "/app/data/known", false},
                    {"cased", "2", "cased", false},
                    {"My Notes", "3", "my-notes", false}};
    const auto plan = plan_registration(a.root(), view_of(a), plain_filter({}, {"own"}), {"own"},
                                        {{"gone", "gone", "", true}});
    CHECK(plan.folders == std::vector<std::string>{"new"});
    CHECK(plan.skipped ==
          std::vector<std::string>{
              "Skipping Cased: a project with the same name in different case exists",
              "Skipping build: ignored by .bmignore"});
}

TEST_CASE("a folder that the host calls otherwise is renamed, or left out") {
    const CloudRig rig("/no/rclone");
    auto a = rig.device("a");
    a.write("New One/n.md", "n");
    a.host.renames["New One"] = "new-one";
    const bool is_taken = [] {
        bool taken = false;
        SUBCASE("free") {}
        SUBCASE("taken") { taken = true; }
        return taken;
    }();
    if (is_taken) fs::create_directories(a.root() / "new-one");
    auto context = a.context();
    auto view = view_of(a);
    const auto done = register_folders(context, view, a.root(), {{"New One"}, {}});
    CHECK(done.registered == std::vector<std::string>{"New One"});
    CHECK(fs::exists(a.root() / "new-one/n.md") == !is_taken);
    CHECK(done.held_back ==
          (is_taken ? std::vector<std::string>{"New One"} : std::vector<std::string>{}));
    CHECK(a.said.front() == "Found 1 new local project, creating on cloud...");
    a.host.refuses_new = true;
    const auto failed = register_folders(context, view, a.root(), {{"x"}, {}});
    CHECK(failed.warnings ==
          std::vector<std::string>{"Could not create project 'x': no more projects"});
}

TEST_CASE("roots that overlap are refused") {
    const CloudRig rig("/no/rclone");
    auto a = rig.device("a");
    const fs::path home = a.config.settings.home;
    a.config.settings.attached = {{"other", home / "other"}};
    fs::create_directories(home / "other");
    fs::create_directory_symlink(home / "space", home / "alias");
    const auto fault_of = [&](const fs::path& path, const char* project) {
        const auto checked = check_root(a.config.settings, path, project,
                                        [&] { return std::vector<fs::path>{home / "mounted"}; });
        return checked ? std::string("fine") : std::string(cloud_fault_name(checked.error().fault));
    };
    for (const auto& path :
         {home / "space", home / "space/x", home / "space/../space", home, home / "alias",
          home / "alias/y", home / "other", home / "other/z", home / ".basic-memory",
          home / ".basic-memory/x", fs::path("/"), home.parent_path()}) {
        CHECK_MESSAGE(fault_of(path, "mine") == "overlap", path);
    }
    CHECK(fault_of(home / "mount/x", "mine") == "mount_conflict");
    CHECK(fault_of(home / "mounted", "mine") == "mount_conflict");
    CHECK(fault_of(home / "free", "mine") == "fine");
    CHECK(fault_of(home / "spaceship", "mine") == "fine");
    CHECK(fault_of(home / "other", "other") == "fine");
    CHECK(fault_of(home / "space", "") == "fine");
    CHECK(fault_of(home / "other", "") == "overlap");
    a.config.settings.local_projects = {home / "free"};
    CHECK(check_root(a.config.settings, home / "free", "mine", {})->size() == 1);
    a.config.settings.read_only = {home / "free"};
    for (const fs::path& folder : {home / "free", home / "free/below"}) {
        const auto refused = check_root(a.config.settings, folder, "mine", {});
        REQUIRE_FALSE(refused);
        CHECK(refused.error().message.find("a read-only project") != std::string::npos);
    }
}

TEST_CASE("one sync of the space registers, brings files both ways and makes folders") {
    const auto rclone = real_rclone();
    if (!rclone) return;
    const CloudRig rig(*rclone);
    auto a = rig.device("a");
    a.host.known = {{"empty", "0", "/empty", false}};
    rig.write("old/o.md", "o");
    a.write("fresh/f.md", "f");
    CHECK(code_of(sync_space_of(a, plain_wish())).starts_with("not_initialized"));
    CHECK(a.host.created.empty());
    REQUIRE(code_of(sync_space_of(a, resync_wish())) == "ok");
    CHECK(a.host.created.empty());
    auto dry = plain_wish();
    dry.dry_run = true;
    REQUIRE(code_of(sync_space_of(a, dry)) == "ok");
    CHECK(a.host.created.empty());
    a.host.indexed.clear();
    a.write("fresh/g.md", "g");
    a.host.fails_to_index = true;
    const auto report = sync_space_of(a, plain_wish());
    REQUIRE(code_of(report) == "ok");
    CHECK(report.registered == std::vector<std::string>{"fresh", "old"});
    CHECK(a.host.indexed == std::vector<std::string>{"fresh"});
    CHECK(report.warnings.size() == 1);
    CHECK(fs::is_directory(a.root() / "empty"));
    CHECK(tree_of(a.root()) == tree_of(rig.cloud()));
    // The host forgets one: it does not come back while its files stay.
    std::erase_if(a.host.known, [](const HostProject& each) { return each.name == "old"; });
    a.host.created.clear();
    CHECK(sync_space_of(a, plain_wish()).notes.size() == 1);
    CHECK(code_of(sync_space_of(a, plain_wish())) == "ok");
    CHECK(a.host.created.empty());
}

TEST_CASE("a project with its own folder leaves the space, and nothing comes back") {
    const auto rclone = real_rclone();
    if (!rclone) return;
    const CloudRig rig(*rclone);
    auto a = rig.device("a");
    a.host.known = {{"research", "1", "research", false}, {"rest", "2", "rest", false}};
    for (int i = 0; i < 30; ++i) a.write("research/n" + std::to_string(i) + ".md", "n");
    a.write("rest/r.md", "r");
    REQUIRE(code_of(sync_space_of(a, resync_wish())) == "ok");
    const auto own = a.config.settings.home / "research-notes";
    {
        auto context = a.context();
        const auto done = attach_project(context, view_of(a), "research", own);
        REQUIRE(done);
        CHECK(fs::exists(own / "n1.md"));
        CHECK_FALSE(fs::exists(a.root() / "research"));
    }
    // Most of the space is another scope's now: that is no deletion.
    CHECK(code_of(sync_space_of(a, plain_wish())) == "ok");
    CHECK(tree_of(rig.cloud()).size() == 31);
    auto wish = plain_wish();
    wish.command = "bm project bisync --name research";
    auto context = a.context();
    CHECK(code_of(bisync_project(context, view_of(a), "research", wish)) ==
          "not_initialized: First bisync for research requires --resync to establish baseline.");
    wish.resync = true;
    CHECK(code_of(bisync_project(context, view_of(a), "research", wish)) == "ok");
    CHECK(a.config.noted.at("research"));
    wish.resync = false;
    // Moved by hand: the baseline goes along, and a deletion made meanwhile is one.
    const auto moved = a.config.settings.home / "moved";
    fs::rename(own, moved);
    CHECK(code_of(bisync_project(context, view_of(a), "research", wish))
              .starts_with("local_missing"));
    REQUIRE(attach_project(context, view_of(a), "research", moved));
    fs::remove(moved / "n3.md");
    CHECK(code_of(bisync_project(context, view_of(a), "research", wish)) == "ok");
    CHECK_FALSE(fs::exists(rig.cloud() / "research/n3.md"));
    // Back to the space: what was deleted stays deleted.
    a.write("research/n3.md", "stale");
    REQUIRE(detach_project(context, view_of(a), "research"));
    CHECK(fs::exists(moved / "n1.md"));
    CHECK(code_of(sync_space_of(a, plain_wish())) == "ok");
    CHECK(fs::exists(a.root() / "research/n1.md"));
    CHECK_FALSE(fs::exists(a.root() / "research/n3.md"));
    CHECK_FALSE(fs::exists(rig.cloud() / "research/n3.md"));
}

TEST_CASE("a project that leaves the space and comes back at once loses nothing in the cloud") {
    const auto rclone = real_rclone();
    if (!rclone) return;
    const CloudRig rig(*rclone);
    auto a = rig.device("a");
    a.host.known = {{"research", "1", "research", false}, {"rest", "2", "rest", false}};
    for (int i = 0; i < 5; ++i) a.write("research/n" + std::to_string(i) + ".md", "n");
    for (int i = 0; i < 5; ++i) a.write("rest/r" + std::to_string(i) + ".md", "r");
    REQUIRE(code_of(sync_space_of(a, resync_wish())) == "ok");
    const auto own = a.config.settings.home / "own";
    const bool was_used = [] {
        bool used = false;
        SUBCASE("into a new folder") {}
        SUBCASE("into one that was used") { used = true; }
        return used;
    }();
    if (was_used) {
        fs::create_directories(own);
        std::ofstream(own / "other.md") << "other";
    }
    auto context = a.context();
    REQUIRE(attach_project(context, view_of(a), "research", own));
    REQUIRE(detach_project(context, view_of(a), "research"));
    const auto report = sync_space_of(a, plain_wish());
    CHECK(code_of(report) == "ok");
    CHECK(report.actions.deleted_remote.empty());
    CHECK(tree_of(rig.cloud()).size() == 10);
    CHECK(tree_of(a.root()) == tree_of(rig.cloud()));
    // A deletion made afterwards is one again.
    fs::remove(a.root() / "research/n0.md");
    CHECK(code_of(sync_space_of(a, plain_wish())) == "ok");
    CHECK(tree_of(rig.cloud()).size() == 9);
}

TEST_CASE("1.6: a removed project is forgotten, and one of its name begins anew") {
    const auto rclone = real_rclone();
    if (!rclone) return;
    const CloudRig rig(*rclone);
    auto a = rig.device("a");
    a.host.known = {{"p", "1", "p", false}};
    const auto own = a.config.settings.home / "own";
    fs::create_directories(own);
    for (int i = 0; i < 3; ++i) std::ofstream(own / ("n" + std::to_string(i) + ".md")) << "n";
    a.config.settings.attached = {{"p", own}};
    auto context = a.context();
    const auto scope = project_scope(a.config.settings, a.host.the_tenant, a.host.known[0], own);
    REQUIRE(code_of(bisync_project(context, view_of(a), "p", resync_wish())) == "ok");
    bool deletes = false;
    bool is_removed_here = true;
    SUBCASE("with its files left") {}
    SUBCASE("with its files") { deletes = true; }
    SUBCASE("by another machine") { is_removed_here = false; }
    if (is_removed_here) {
        const auto done =
            remove_project(context, view_of(a), HostProject(a.host.known[0]), deletes);
        REQUIRE(done);
        CHECK((*done)[0] == "Project 'p' removed successfully");
        CHECK(join(*done, "\n").find("Removed bisync state") != std::string::npos);
        CHECK_FALSE(read_scope_state(scope));
        CHECK(a.config.settings.attached.empty());
        CHECK(fs::exists(own / "n0.md") == !deletes);
    }
    // The same name, the same folder, an empty one in the cloud.
    fs::remove_all(rig.cloud() / "p");
    rig.write("p/other.md", "other");
    a.host.known = {{"p", "2", "p", false}};
    std::error_code ignored;
    fs::create_directories(own, ignored);
    std::ofstream(own / "n0.md") << "n";
    a.config.settings.attached = {{"p", own}};
    auto again = a.context();
    CHECK(code_of(bisync_project(again, view_of(a), "p", plain_wish())) ==
          "not_initialized: First bisync for p requires --resync to establish baseline.");
    CHECK(fs::exists(own / "n0.md"));
    CHECK(code_of(bisync_project(again, view_of(a), "p", resync_wish())) == "ok");
    CHECK(fs::exists(own / "n0.md"));
    CHECK(fs::exists(rig.cloud() / "p/n0.md"));
    CHECK(code_of(bisync_project(again, view_of(a), "p", plain_wish())) == "ok");
}

TEST_CASE("1.6: what the space has of a removed project is put aside, and nothing is deleted") {
    const auto rclone = real_rclone();
    if (!rclone) return;
    const CloudRig rig(*rclone);
    auto a = rig.device("a");
    a.host.known = {{"p", "1", "p", false}, {"rest", "2", "rest", false}};
    a.write("p/n.md", "n");
    a.write("rest/r.md", "r");
    REQUIRE(code_of(sync_space_of(a, resync_wish())) == "ok");
    auto context = a.context();
    REQUIRE(remove_project(context, view_of(a), HostProject(a.host.known[0]), false));
    CHECK_FALSE(fs::exists(a.root() / "p"));
    CHECK(tree_of(a.space().detached()).size() == 1);
    a.host.created.clear();
    CHECK(code_of(sync_space_of(a, plain_wish())) == "ok");
    CHECK(fs::exists(rig.cloud() / "p/n.md"));
    CHECK(code_of(sync_space_of(a, plain_wish())) == "ok");
    CHECK(a.host.created.empty());
}

TEST_CASE("1.6: no folder is deleted that holds more than the project") {
    const CloudRig rig("/no/rclone");
    auto a = rig.device("a");
    a.host.known = {{"p", "1", "p", false}};
    a.config.settings.attached = {{"p", a.config.settings.home}};
    auto context = a.context();
    const auto refused = remove_project(context, view_of(a), HostProject(a.host.known[0]), true);
    REQUIRE_FALSE(refused);
    CHECK(refused.error().fault == CloudFault::overlap);
    CHECK(a.host.known.size() == 1);
    CHECK(fs::exists(a.config.settings.rclone_config));
}

TEST_CASE("a folder that has few of the files is no moved one unless somebody says so") {
    const auto rclone = real_rclone();
    if (!rclone) return;
    const CloudRig rig(*rclone);
    auto a = rig.device("a");
    a.host.known = {{"p", "1", "p", false}};
    const auto disk = a.config.settings.home / "disk";
    const auto wrong = a.config.settings.home / "wrong";
    fs::create_directories(disk);
    fs::create_directories(wrong);
    for (int i = 0; i < 5; ++i) std::ofstream(disk / ("n" + std::to_string(i) + ".md")) << "n";
    std::ofstream(wrong / "n0.md") << "n";
    a.config.settings.attached = {{"p", disk}};
    auto context = a.context();
    REQUIRE(code_of(bisync_project(context, view_of(a), "p", resync_wish())) == "ok");
    fs::rename(disk, a.config.settings.home / "not mounted");
    const bool says_yes = [] {
        bool yes = false;
        SUBCASE("nobody says so") {}
        SUBCASE("somebody does") { yes = true; }
        return yes;
    }();
    if (says_yes) context.ask = [](const std::string&) { return true; };
    REQUIRE(attach_project(context, view_of(a), "p", wrong));
    const auto report = bisync_project(context, view_of(a), "p", plain_wish());
    CHECK(code_of(report).starts_with(says_yes ? "ok" : "not_initialized"));
    CHECK(tree_of(rig.cloud()).size() == (says_yes ? 1 : 5));
}

TEST_CASE("a project's own commands finish a move out of the space too") {
    const auto rclone = real_rclone();
    if (!rclone) return;
    const CloudRig rig(*rclone);
    auto a = rig.device("a");
    a.host.known = {{"p", "1", "p", false}};
    a.write("p/n.md", "n");
    rig.write("p/n.md", "n");
    const auto own = a.config.settings.home / "own";
    auto state = fresh_state(a.space());
    state.moving = FolderMove{"p", (a.root() / "p").string(), own.string()};
    REQUIRE(write_scope_state(a.space(), state));
    a.config.settings.attached = {{"p", own}};
    auto context = a.context();
    CHECK(code_of(bisync_project(context, view_of(a), "p", resync_wish())) == "ok");
    CHECK(fs::exists(own / "n.md"));
    CHECK_FALSE(fs::exists(a.root() / "p"));
    CHECK_FALSE(read_scope_state(a.space())->moving);
}

TEST_CASE("a check leaves the filter of a run alone") {
    const auto rclone = real_rclone();
    if (!rclone) return;
    const CloudRig rig(*rclone);
    auto a = rig.device("a");
    a.host.known = {{"p", "1", "p", false}};
    a.write("p/n.md", "n");
    REQUIRE(code_of(sync_space_of(a, resync_wish())) == "ok");
    std::ofstream(a.space().filter_file()) << "- of a run\n";
    auto context = a.context();
    REQUIRE(compare_space(context, view_of(a), false));
    std::ifstream in(a.space().filter_file());
    std::string line;
    std::getline(in, line);
    CHECK(line == "- of a run");
    for (const auto& entry : fs::directory_iterator(a.space().state))
        CHECK_FALSE(entry.path().filename().string().starts_with("check-"));
}

TEST_CASE("hints of the space never name what would reach every project") {
    const CloudRig rig("/no/rclone");
    const auto rclone = real_rclone();
    if (!rclone) return;
    auto a = rig.device("a");
    a.config.settings.rclone_path = *rclone;
    REQUIRE(write_scope_state(a.space(), fresh_state(a.space())));
    auto context = a.context();
    const auto reports = sync_all(context, view_of(a), plain_wish());
    REQUIRE(reports.size() == 1);
    CHECK(reports[0].failure->hint == "Run: bm cloud bisync --resync");
}

TEST_CASE("rules that are there and cannot be read stop a run") {
    const auto rclone = real_rclone();
    if (!rclone) return;
    const CloudRig rig(*rclone);
    auto a = rig.device("a");
    a.host.known = {{"p", "1", "p", false}};
    a.write("p/n.md", "n");
    // Whatever the rights of who runs this: neither a folder nor a link to nothing is readable.
    SUBCASE("a folder") { fs::create_directories(a.root() / "p/.bmignore"); }
    SUBCASE("a link to what is gone") {
        fs::create_symlink("/nowhere/rules", a.root() / "p/.bmignore");
    }
    CHECK(code_of(sync_space_of(a, resync_wish())).starts_with("local_io: "));
    auto context = a.context();
    CHECK(compare_space(context, view_of(a), false).error().fault == CloudFault::local_io);
    const auto own = a.config.settings.home / "own";
    fs::rename(a.root() / "p", own);
    a.config.settings.attached = {{"p", own}};
    auto now = a.context();
    CHECK(code_of(bisync_project(now, view_of(a), "p", resync_wish())).starts_with("local_io: "));
    CHECK(code_of(push_project(now, view_of(a), "p", plain_wish())).starts_with("local_io: "));
    CHECK(tree_of(rig.cloud()).empty());
    fs::remove_all(own / ".bmignore");
    CHECK(code_of(bisync_project(now, view_of(a), "p", resync_wish())) == "ok");
}

TEST_CASE("a move out of the space that was cut short is finished or undone") {
    const CloudRig rig("/no/rclone");
    auto a = rig.device("a");
    a.write("research/n.md", "n");
    const auto own = a.config.settings.home / "own";
    auto state = fresh_state(a.space());
    state.moving = FolderMove{"research", (a.root() / "research").string(), own.string()};
    REQUIRE(write_scope_state(a.space(), state));
    const bool was_attached = [] {
        bool yes = false;
        SUBCASE("before the configuration knew") {}
        SUBCASE("after it knew") { yes = true; }
        return yes;
    }();
    if (was_attached) a.config.settings.attached = {{"research", own}};
    auto context = a.context();
    CHECK(*finish_moves(context, view_of(a)));
    CHECK(fs::exists(own / "n.md") == was_attached);
    CHECK(fs::exists(a.root() / "research/n.md") == !was_attached);
    CHECK_FALSE(*finish_moves(context, view_of(a)));
}

TEST_CASE("one-way sync makes the cloud like the folder here, and asks before it deletes much") {
    for (const char* variable : {"BM_TEST_RCLONE", "BM_TEST_RCLONE_OLD"}) {
        const auto rclone = real_rclone(variable);
        if (!rclone) continue;
        CAPTURE(variable);
        const CloudRig rig(*rclone);
        auto a = rig.device("a");
        const auto own = a.config.settings.home / "own";
        a.config.settings.attached = {{"p", own}};
        a.host.known = {{"p", "1", "p", false}};
        fs::create_directories(own);
        for (int i = 0; i < 26; ++i) rig.write("p/n" + std::to_string(i) + ".md", "n");
        auto context = a.context();
        auto wish = plain_wish();
        CHECK(code_of(push_project(context, view_of(a), "p", wish)) ==
              "deletion_limit: Deletion exceeds safety limit (26 > 25)");
        fs::remove(rig.cloud() / "p/n0.md");
        CHECK(code_of(push_project(context, view_of(a), "p", wish)).starts_with("side_empty: "));
        CHECK(tree_of(rig.cloud()).size() == 25);
        std::ofstream(own / "new.md") << "new";
        const auto report = push_project(context, view_of(a), "p", wish);
        CHECK(code_of(report) == "ok");
        CHECK(report.actions.uploaded == std::vector<std::string>{"new.md"});
        CHECK(report.actions.deleted_remote.size() == 25);
        CHECK(tree_of(rig.cloud()).size() == 1);
        rig.write("p/more.md", "more");
        std::ofstream(own / "new.md") << "other";
        const auto found = compare_project(context, view_of(a), "p", false);
        REQUIRE(found);
        CHECK(found->only_cloud == std::vector<std::string>{"more.md"});
        CHECK(found->different == std::vector<std::string>{"new.md"});
        CHECK(compare_project(context, view_of(a), "p", true)->only_cloud.empty());
        CHECK(list_project(context, view_of(a), "p", "")->size() == 2);
        CHECK(list_project(context, view_of(a), "p", "none")->empty());
        CHECK(list_project(context, view_of(a), "p", "../x").error().fault == CloudFault::usage);
        CHECK(copy_in_project(context, view_of(a), "p", {"more.md", "sub/", false, false}) ==
              CloudResult<std::string>("sub/more.md"));
        CHECK_FALSE(copy_in_project(context, view_of(a), "p", {"more.md", "new.md", false, false}));
        CHECK_FALSE(copy_in_project(context, view_of(a), "p", {"/etc", "x", false, false}));
        CHECK(fs::exists(rig.cloud() / "p/sub/more.md"));
        if (std::string(variable) == "BM_TEST_RCLONE_OLD") {
            CHECK(code_of(bisync_project(context, view_of(a), "p", wish))
                      .starts_with("rclone_too_old: "));
        }
        CHECK(push_project(context, view_of(a), "q", wish).failure->fault ==
              CloudFault::project_not_found);
    }
}
