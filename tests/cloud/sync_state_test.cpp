#include <algorithm>
#include <chrono>
#include <fstream>

#include <doctest/doctest.h>
#include <unistd.h>

#include "cloud/cloud_watch.hpp"
#include "cloud/scope_memory.hpp"
#include "cloud/scope_state.hpp"
#include "cloud/shell_word.hpp"
#include "cloud/sync_lock.hpp"
#include "cloud/sync_report.hpp"
#include "tests/support/temporary_folder.hpp"

using namespace bm;
using namespace bm::test;

TEST_CASE("a state comes back from its text as it was") {
    ScopeState state;
    state.is_space = true;
    state.tenant_id = "t";
    state.session = "a..b";
    state.baseline = ScopeState::Baseline{3, 3, "then"};
    state.last_sync = "2026";
    state.last_result = ScopeState::LastResult{false, "network", "m", "n"};
    state.in_progress = RunInProgress{7, "bm sync", "run", "s"};
    state.known_projects = {{"d", "n", "", true}};
    state.moving = FolderMove{"p", "/a", "/b"};
    CHECK(parse_scope_state(scope_state_text(state)) == state);
    CHECK_FALSE(parse_scope_state("{\"version\":2}"));
    CHECK_FALSE(parse_scope_state("{\"version\":1"));
    CHECK(parse_scope_state("{\"version\":1,\"baseline\":7,\"known_projects\":{}}"));
}

TEST_CASE("20-36: a name in a command is one word of a shell") {
    CHECK(shell_word("research") == "research");
    CHECK(shell_word("Über/a.b-c_d") == "Über/a.b-c_d");
    CHECK(shell_word("My Research") == "'My Research'");
    CHECK(shell_word("it's $x") == "'it'\\''s $x'");
    CHECK(shell_word("") == "''");
    CHECK(shell_word("~") == "'~'");
}

TEST_CASE("one process holds the lock, and tells who it is") {
    const TemporaryFolder folder;
    const auto file = folder.path() / "sync.lock";
    CHECK_FALSE(sync_lock_holder(file));
    {
        const auto held = SyncLock::take(file, "bm sync", "now");
        REQUIRE(held);
        const auto second = SyncLock::take(file, "bm sync", "now");
        REQUIRE_FALSE(second);
        CHECK(second.error().fault == CloudFault::locked);
        CHECK(second.error().message ==
              "Sync already running (PID " + std::to_string(::getpid()) + ")");
        CHECK(sync_lock_holder(file)->command == "bm sync");
    }
    CHECK(SyncLock::take(file, "bm sync", "now"));
}

TEST_CASE("locks of rclone name their process in two forms") {
    const TemporaryFolder folder;
    folder.write("new", R"({"Session":"x","PID":"4711","TimeRenewed":"t"})");
    folder.write("old", "4712\n");
    folder.write("torn", "{\"Ses");
    CHECK(rclone_lock_pid(folder.path() / "new") == 4711);
    CHECK(rclone_lock_pid(folder.path() / "old") == 4712);
    CHECK_FALSE(rclone_lock_pid(folder.path() / "torn"));
    CHECK_FALSE(is_running_rclone(::getpid()));
}

TEST_CASE("what a run did is said in words and in JSON") {
    CloudReport report;
    report.is_space = true;
    report.actions.uploaded = {"a", "b"};
    report.actions.downloaded = {"c"};
    report.actions.deleted_local = {"d"};
    CHECK(summary_text(report) == "2 files uploaded, 1 file downloaded, 1 file deleted");
    CHECK(summary_text({}) == "no changes");
    CHECK(action_lines(report) == std::vector<std::string>{"↑ a", "↑ b", "↓ c", "✗ d (local)"});
    report.dry_run = true;
    CHECK(action_lines(report).front() == "would upload: a");
    report.failure = CloudFailure{CloudFault::deletion_limit, "m", "h"};
    const std::string text = report_json(report);
    CHECK(text.find("\"code\": \"deletion_limit\"") != std::string::npos);
    CHECK(text.find("\"ok\": false") != std::string::npos);
    CHECK(reports_json({}).find("\"results\": []") != std::string::npos);
}

TEST_CASE("the history keeps the newest reports, and none of runs that did nothing") {
    const TemporaryFolder folder;
    CloudReport report;
    report.project = "p";
    keep_in_history(folder.path(), report, "1", 2);
    CHECK(std::filesystem::is_empty(folder.path()));
    report.actions.uploaded = {"x"};
    for (const char* stamp : {"1", "2", "3"}) keep_in_history(folder.path(), report, stamp, 2);
    CHECK_FALSE(std::filesystem::exists(folder.path() / "1-p.json"));
    CHECK(std::filesystem::exists(folder.path() / "3-p.json"));
    const auto kept = last_reports(folder.path());
    REQUIRE(kept.size() == 1);
    CHECK(kept[0].stamp == "3");
    CHECK(kept[0].json == report_json(report) + '\n');
}

TEST_CASE("versions that both sides had agreed on leave the trash, others stay") {
    const TemporaryFolder folder;
    folder.write("t/sub/agreed.md", "12345");
    folder.write("t/other.md", "123");
    namespace fs = std::filesystem;
    const auto time = fs::file_time_type(std::chrono::seconds(0));
    fs::last_write_time(folder.path() / "t/sub/agreed.md", time);
    const auto modified = std::chrono::duration_cast<std::chrono::nanoseconds>(
                              std::chrono::file_clock::to_sys(time).time_since_epoch())
                              .count();
    FileSet agreed;
    agreed["sub/agreed.md"] = {5, modified, false};
    agreed["other.md"] = {4, modified, false};
    drop_agreed_versions(folder.path() / "t", agreed);
    CHECK_FALSE(fs::exists(folder.path() / "t/sub"));
    CHECK(fs::exists(folder.path() / "t/other.md"));
}

TEST_CASE(
    "watching goes on after failures, waits longer without a network and does not repeat itself") {
    std::vector<std::string> said;
    std::vector<long long> waits;
    std::vector<std::optional<CloudFailure>> rounds{
        CloudFailure{CloudFault::network, "down", ""},
        CloudFailure{CloudFault::network, "down", ""},
        CloudFailure{CloudFault::deletion_limit, "many", ""},
        CloudFailure{CloudFault::deletion_limit, "many", ""},
        std::nullopt,
    };
    std::size_t at = 0;
    CloudWatch watch;
    watch.interval = std::chrono::seconds(10);
    watch.round = [&] {
        CloudReport report;
        report.failure = rounds[at++];
        if (!report.failure) report.actions.uploaded = {"x"};
        return std::vector<CloudReport>{report};
    };
    watch.wait = [&](std::chrono::milliseconds time) {
        waits.push_back(time.count() / 1000);
        return at < rounds.size();
    };
    watch.now = [] { return std::chrono::steady_clock::time_point(); };
    watch.say = [&](const std::string& line) { said.push_back(line); };
    watch_cloud(watch);
    CHECK(waits == std::vector<long long>{20, 40, 10, 10, 10});
    CHECK(std::count(said.begin(), said.end(), "Sync error: many") == 1);
    CHECK(std::count(said.begin(), said.end(), "Sync error: down") == 2);
    CHECK(said[said.size() - 2] == "Sync completed in 0.0s");
    CHECK(said.back() == "Watch mode stopped");
}
