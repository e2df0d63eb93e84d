#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include "cli/terminal.hpp"
#include "cli/transfer_progress.hpp"
#include "cloud/known_tenant.hpp"
#include "cloud/scope_state.hpp"
#include "cloud/token_file.hpp"
#include "tests/cli/logged_in_shell.hpp"

using namespace bm;
using namespace bm::test;

TEST_CASE("commands of the cloud say that nobody is logged in") {
    Shell shell;
    auto outcome = shell.run({"cloud", "bisync"});
    CHECK(outcome.code == 1);
    CHECK(outcome.err == "Error: Cloud mode is off. Run 'bm cloud login' first.\n");
    outcome = shell.run({"project", "sync-setup", "x", "/tmp/x"});
    CHECK(outcome.code == 1);
    CHECK(outcome.err == "Error: sync-setup only available in cloud mode\n");
    CHECK(shell.run({"project", "bisync", "--all"}).err ==
          "Error: bisync only available in cloud mode\n");
    shell.set("BASIC_MEMORY_CLOUD_MODE", "true");
    outcome = shell.run({"sync", "--json"});
    CHECK(outcome.code == 1);
    CHECK(nlohmann::json::parse(outcome.out)["error"]["code"] == "not_authenticated");
}

TEST_CASE("a login that fails leaves the settings and the tokens of the host before") {
    Shell shell;
    shell.folder().write("data/config.json", R"({"cloud_host": "https://a.example"})");
    shell.folder().write("data/basic-memory-cloud.json",
                         R"({"access_token": "of-a", "expires_at": 99999999999})");
    const auto outcome =
        shell.run({"cloud", "login", "--host", "http://127.0.0.1:1", "--no-browser"});
    CHECK(outcome.code == 1);
    CHECK(contains(outcome.err, "Login failed"));
    CHECK(contains(shell.folder().read("data/config.json"), "https://a.example"));
    const auto tokens = TokenFile(shell.folder().path() / "data/basic-memory-cloud.json").load();
    REQUIRE(tokens);
    CHECK(tokens->access_token == "of-a");
}

TEST_CASE("words that contradict each other are usage errors") {
    LoggedInShell shell("/no/rclone");
    CHECK(shell.run({"project", "sync"}).code == 2);
    CHECK(contains(shell.run({"project", "sync"}).err, "Either --name or --all is required"));
    CHECK(shell.run({"project", "bisync", "--name", "x", "--all"}).code == 2);
    CHECK(shell.run({"project", "bisync", "--name", "x", "--watch"}).code == 2);
    CHECK(shell.run({"cloud", "bisync", "--profile", "zzz"}).code == 2);
    CHECK(shell.run({"cloud", "bisync", "--interval", "0"}).code == 2);
    CHECK(shell.run({"sync", "--watch", "--force"}).code == 2);
    CHECK(shell.run({"sync", "--watch", "--json"}).code == 2);
    CHECK(shell.run({"cloud", "bisync", "--dir", "/tmp/elsewhere"}).code == 1);
    CHECK(shell.run({"project", "sync-setup", "x"}).code == 2);
}

TEST_CASE(
    "a program that is missing, a project that is unknown and one without a folder are told") {
    LoggedInShell shell("/no/rclone");
    auto outcome = shell.run({"cloud", "check"});
    CHECK(outcome.code == 1);
    CHECK(contains(outcome.err, "Error: rclone not found"));
    CHECK(contains(outcome.err, "Run: bm cloud setup"));
    CHECK(contains(shell.run({"project", "sync-setup", "x", "/tmp/x"}).err,
                   "Error: Project 'x' not found on cloud"));
    CHECK(shell.run({"project", "bisync-reset", "x"}).out ==
          "No bisync state found for project 'x'\n");
    const auto status = nlohmann::json::parse(shell.run({"cloud", "bisync-status", "--json"}).out);
    CHECK(status["scopes"][0]["initialized"] == false);
    const auto nothing = nlohmann::json::parse(shell.run({"sync", "--json"}).out);
    CHECK(nothing["error"]["code"] == "not_set_up");
    const auto all = nlohmann::json::parse(shell.run({"project", "check", "--all", "--json"}).out);
    CHECK(all["ok"] == true);
    CHECK(all["results"].empty());
    CHECK(status["profiles"][1]["deletion_limit"] == 25);
    CHECK(shell.run({"cloud", "conflicts"}).out == "No conflicts\n");
}

TEST_CASE("1.6: project add looks at the folder before it asks the host") {
    LoggedInShell shell("/no/rclone");
    auto& device = shell.device();
    const auto outcome =
        shell.run({"project", "add", "new", "--local-path", (device.root() / "x").string()});
    CHECK(outcome.code == 1);
    CHECK(contains(outcome.err, "overlaps the cloud sync directory"));
    CHECK(outcome.out.empty());
    const auto fine = shell.run(
        {"project", "add", "new", "--local-path", (device.config.settings.home / "new").string()});
    CHECK(fine.code == 0);
    CHECK(contains(fine.out, "Project 'new' added successfully"));
    CHECK(contains(fine.out, "Local sync path configured: " +
                                 (device.config.settings.home / "new").string() + "\n"));
    CHECK(fs::is_directory(device.config.settings.home / "new"));
}

TEST_CASE("20-36: a hint names a project as the shell takes it") {
    LoggedInShell shell("/no/rclone");
    shell.device().host.known = {{"My Research", "1", "my-research", false}};
    const auto outcome = shell.run({"project", "check", "--name", "My Research"});
    CHECK(contains(outcome.err, "bm project sync-setup 'My Research' ~/path/to/local"));
}

TEST_CASE("9-T06: what is kept in step is shown without the host too") {
    LoggedInShell shell("/no/rclone");
    auto& device = shell.device();
    const auto& settings = device.config.settings;
    const auto own = settings.home / "own";
    fs::create_directories(own);
    device.config.settings.attached = {{"p", own}};
    REQUIRE(note_tenant(settings, device.host.the_tenant));
    const auto space = space_scope(settings, device.host.the_tenant);
    auto state = fresh_state(space);
    state.last_sync = iso8601_utc(system_now() - std::chrono::hours(2));
    REQUIRE(write_scope_state(space, state));
    device.host.failure = CloudFailure{CloudFault::network, "Cannot reach cloud API", ""};
    const auto outcome = shell.run({"cloud", "bisync-status"});
    CHECK(outcome.code == 0);
    for (const char* part : {"Cloud Bisync Status", "Tenant ID", "State Directory", "Remote",
                             "2 hours ago", "Lock", "Profile safe: at most 10 deletions"}) {
        CHECK_MESSAGE(contains(outcome.out, part), part);
    }
    CHECK(contains(outcome.out, own.string()));
    CHECK(contains(outcome.err, "Note: the host could not be asked: Cannot reach cloud API"));
    CHECK(shell.run({"cloud", "conflicts"}).code == 0);
    // What writes needs the host itself.
    CHECK(contains(shell.run({"cloud", "bisync"}).err, "Error: Cannot reach cloud API"));
}

TEST_CASE("another account than the one that this machine was set up for is told") {
    LoggedInShell shell("/no/rclone");
    REQUIRE(note_tenant(shell.device().config.settings, {"other", "b", {}}));
    const auto outcome = shell.run({"cloud", "bisync"});
    CHECK(outcome.code == 1);
    CHECK(contains(outcome.err, "set up for another account (tenant other)"));
    CHECK(contains(outcome.err, "Run: bm cloud setup"));
}

TEST_CASE("15-82: the mount directory is named as people write it") {
    LoggedInShell shell("/no/rclone");
    auto& settings = shell.device().config.settings;
    settings.mount_point = settings.home / "basic-memory-cloud";
    CHECK(contains(
        shell.run({"cloud", "bisync", "--dir", settings.mount_point.string(), "--resync"}).err,
        "Error: Cannot use ~/basic-memory-cloud for bisync - it's the mount directory!"));
}

TEST_CASE("20-26: progress tells files, bytes, speed and the time that is left") {
    RcloneStats stats;
    stats.transfers = 3;
    stats.total_transfers = 10;
    stats.bytes = 1'500'000;
    stats.speed = 512 * 1024;
    stats.eta = 12;
    stats.current = "a.md";
    CHECK(transfer_text(stats) == "3/10 files, 1.4 MB, 512.0 KB/s, ETA 12s, a.md");
    stats.eta.reset();
    stats.current.clear();
    stats.speed = 7;
    stats.bytes = 812;
    CHECK(transfer_text(stats) == "3/10 files, 812 bytes, 7 B/s");
}

TEST_CASE("20-26: where no line can change, a long run says a line every ten seconds") {
    std::string err;
    Terminal terminal(
        {.out = [](std::string_view) {}, .err = [&](std::string_view text) { err += text; }});
    TransferProgress progress(terminal);
    RcloneStats stats;
    stats.total_transfers = 2;
    const auto start = std::chrono::steady_clock::time_point(std::chrono::hours(1));
    for (const int second : {0, 5, 9, 11, 12, 20, 22}) {
        progress.show(stats, start + std::chrono::seconds(second));
    }
    CHECK(err == "Syncing 0/2 files, 0 bytes, 0 B/s\nSyncing 0/2 files, 0 bytes, 0 B/s\n");
}

TEST_CASE("20-N3: project remove asks the host, and forgets what was known of the project") {
    LoggedInShell shell("/no/rclone");
    auto& device = shell.device();
    device.host.known = {{"p", "1", "p", false}};
    const auto own = device.config.settings.home / "own";
    fs::create_directories(own);
    device.config.settings.attached = {{"p", own}};
    const auto scope =
        project_scope(device.config.settings, device.host.the_tenant, device.host.known[0], own);
    REQUIRE(write_scope_state(scope, fresh_state(scope)));
    auto outcome = shell.run({"project", "remove", "q"});
    CHECK(outcome.code == 1);
    CHECK(outcome.err == "Error removing project: Project 'q' not found\nThe cloud has: p\n");
    outcome = shell.run({"project", "remove", "p"});
    CHECK(outcome.code == 0);
    CHECK(outcome.out ==
          "Project 'p' removed successfully\nRemoved bisync state\n"
          "Note: Local files remain at " +
              resolved_path(own).string() + "\n");
    CHECK_FALSE(read_scope_state(scope));
}

TEST_CASE("the space is synced from the first run to a conflict, in words and in JSON") {
    const auto rclone = real_rclone();
    if (!rclone) return;
    LoggedInShell shell(*rclone);
    shell.device().write("p/a.md", "a");
    shell.device().write("p/b.md", "b");
    auto outcome = shell.run({"cloud", "bisync"});
    CHECK(outcome.code == 1);
    CHECK(outcome.err ==
          "Error: First bisync requires --resync to establish baseline\nRun: bm cloud bisync "
          "--resync\n");
    outcome = shell.run({"cloud", "bisync", "--resync"});
    CHECK(outcome.code == 0);
    CHECK(contains(outcome.out, "✓ Initial sync baseline established"));
    shell.device().write("p/c.md", "c");
    outcome = shell.run({"sync", "--dry-run"});
    CHECK(contains(outcome.out, "would upload: p/c.md"));
    CHECK(contains(outcome.out, "✓ Dry run completed successfully"));
    outcome = shell.run({"sync"});
    CHECK(outcome.code == 0);
    CHECK(contains(outcome.out, "✓ Created project: p"));
    CHECK(contains(outcome.out, "✓ Sync completed - 1 file uploaded"));
    shell.device().write("p/a.md", "here");
    shell.rig().write("p/a.md", "there, longer");
    outcome = shell.run({"cloud", "bisync", "--profile", "safe", "--json"});
    const auto report = nlohmann::json::parse(outcome.out);
    CHECK(report["ok"] == true);
    CHECK(report["conflicts"][0]["path"] == "p/a.md");
    CHECK(contains(shell.run({"cloud", "conflicts"}).out, "p/a.md.conflict1"));
    CHECK(contains(shell.run({"cloud", "check"}).out, "✓ All files match between local and cloud"));
    const auto reports = nlohmann::json::parse(shell.run({"sync", "--report", "--json"}).out);
    CHECK(reports["results"][0]["conflicts"][0]["path"] == "p/a.md");
    CHECK(contains(shell.run({"sync", "--report"}).out, "p/a.md (conflict)"));
    CHECK(contains(shell.run({"cloud", "bisync-reset"}).out, "Cleared bisync state"));
}
