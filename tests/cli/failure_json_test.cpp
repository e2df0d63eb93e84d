#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include "tests/cli/logged_in_shell.hpp"
#include "tests/cli/shell.hpp"

namespace bm::test {
namespace {

using nlohmann::json;
using Words = std::vector<std::string>;

struct Failing {
    Words words;
    int code;
    std::string name;     ///< `error.code`
    std::string message;  ///< a part of it
};

TEST_CASE("every command with --json that fails prints one object that says why") {
    Shell shell;
    shell.folder().write("notes/a.md", "# A\n");
    REQUIRE(shell.run({"sync"}).code == 0);
    shell.folder().write("notes/b.md", "# B\n");
    for (const Failing& each : std::vector<Failing>{
             {{"status", "--json", "--nope"}, 2, "usage", "not expected: --nope"},
             {{"status", "--json", "--project", "x"}, 1, "project_not_found", "named: x"},
             {{"status", "--json", "--wait", "--timeout", "0"},
              1,
              "timed_out",
              "Timed out after 0s"},
             {{"sync", "--json", "--project", "x"}, 1, "project_not_found", "named: x"},
             {{"sync", "--json", "--watch"}, 1, "failed", "--watch is only available"},
             {{"reindex", "--json", "--project", "x"}, 1, "project_not_found", "'x' not found"},
             {{"orphans", "--json", "--project", "x"}, 1, "project_not_found", "named: x"},
             {{"history", "nothing", "--json"}, 1, "failed", "nothing"},
             {{"restore", "nothing", "--json"}, 1, "failed", "nothing"},
             {{"inspect", "note", "nothing", "--json"}, 1, "failed", "nothing"},
             {{"inspect", "query", "x", "--json", "--project-id", "0"},
              1,
              "project_not_found",
              "'0'"},
             {{"schema", "validate", "--json"}, 1, "failed", "No schemas defined in this project"},
             {{"schema", "infer", "zebra", "--json"}, 1, "failed", "zebra"},
             {{"schema", "diff", "zebra", "--json"}, 1, "failed", "zebra"},
             {{"project", "info", "x", "--json"}, 1, "project_not_found", "'x' not found"},
             {{"project", "add", "y", "--json"}, 1, "failed", "path argument is required"},
             {{"project", "remove", "x", "--json"}, 1, "failed", "x"},
             {{"project", "default", "x", "--json"}, 1, "failed", "x"},
             {{"project", "move", "x", "/tmp/x", "--json"}, 1, "failed", "x"},
             {{"project", "set-cloud", "main", "--json"}, 1, "failed", "No cloud credentials"},
             {{"project", "set-local", "x", "--json"}, 1, "failed", "'x' not found"},
             {{"config", "get", "zebra", "--json"}, 1, "failed", "not a recognized setting"},
             {{"config", "set", "sync_delay", "x", "--json"}, 1, "failed", "sync_delay"},
             {{"token", "create", "--scope", "all", "--json"}, 2, "usage", "no scope"},
             {{"token", "create", "--expires", "1x", "--json"}, 2, "usage", "1x"},
             {{"token", "revoke", "7", "--json"}, 1, "failed", "7"},
             {{"reset", "--json"}, 2, "usage", "give --yes"},
             {{"setup", "cursor", "--http", "ftp://x", "--json"}, 2, "usage", "ftp://x"},
             {{"format", "--json"}, 1, "failed", "formatter"},
             {{"import", "memory-json", "/no/file", "--json"}, 1, "failed", "/no/file"},
             {{"cloud", "upload", "/no/file", "--project", "x", "--json"}, 2, "", "/no/file"},
             {{"cloud", "bisync", "--json"}, 1, "not_cloud_mode", "Cloud mode is off"},
             {{"tool", "move-note", "A", "--json"}, 1, "MISSING_DESTINATION", "estination"}}) {
        std::string line;
        for (const auto& word : each.words) line += word + ' ';
        CAPTURE(line);
        const auto outcome = shell.run(each.words);
        CHECK(outcome.code == each.code);
        CAPTURE(outcome.out);
        const auto report = json::parse(outcome.out, nullptr, false);
        REQUIRE(report.is_object());
        CHECK(report["ok"] == false);
        if (!each.name.empty()) CHECK(report["error"]["code"] == each.name);
        CHECK(contains(report["error"]["message"].get<std::string>(), each.message));
        CHECK_FALSE(report["error"]["message"].get<std::string>().starts_with("Error: "));
    }
}

TEST_CASE("the way out stands apart from what is wrong, and warnings in neither") {
    Shell shell;
    const auto report = json::parse(shell.run({"project", "set-cloud", "main", "--json"}).out);
    CHECK(report["error"]["message"] == "No cloud credentials found");
    CHECK(report["error"]["hint"] == "Run: bm cloud login, or bm cloud api-key save KEY");
    shell.set("BASIC_MEMORY_CLOUD_HOST", "http://notes.example");
    const auto warned = shell.run({"status", "--cloud", "--json"});
    CHECK(contains(warned.err, "is not encrypted"));
    CHECK(contains(json::parse(warned.out)["error"]["message"].get<std::string>(),
                   "Not authenticated"));
}

TEST_CASE("without --json stdout stays empty when a command fails") {
    Shell shell;
    for (const Words& words : std::vector<Words>{
             {"status", "--project", "x"}, {"status", "--", "--json"}, {"project", "info", "x"}}) {
        CHECK(shell.run(words).code != 0);
        CHECK(shell.run(words).out.empty());
    }
}

TEST_CASE("a sync of several projects tells of each, also when one fails") {
    Shell shell;
    const std::string gone = (shell.folder().path() / "gone").string();
    REQUIRE(shell.run({"project", "add", "gone", gone}).code == 0);
    std::filesystem::remove_all(gone);
    auto outcome = shell.run({"sync", "--all", "--json"});
    CHECK(outcome.code == 1);
    auto report = json::parse(outcome.out);
    CHECK(report["main"]["new"].is_array());
    CHECK(report["gone"]["error"].is_string());
    outcome = shell.run({"sync", "--all", "--dry-run", "--json"});
    report = json::parse(outcome.out);
    CHECK(report["main"]["new"].is_array());
    CHECK(report["gone"]["error"].is_string());
    outcome = shell.run({"sync", "--project", "gone", "--json"});
    CHECK(outcome.code == 1);
    CHECK(json::parse(outcome.out)["ok"] == false);
}

TEST_CASE("embeddings that cannot be built are an empty object") {
    Shell shell;
    const auto outcome = shell.run({"reindex", "-e", "--json"});
    CHECK(outcome.code == 0);
    CHECK(json::parse(outcome.out).empty());
}

TEST_CASE("a cloud command that fails early says what it was about") {
    Shell shell;
    auto report = json::parse(shell.run({"cloud", "bisync", "--json"}).out);
    CHECK(report["scope"] == "space");
    CHECK(report["project"].is_null());
    report = json::parse(shell.run({"project", "bisync", "--name", "p", "--json"}).out);
    CHECK(report["scope"] == "project");
    CHECK(report["project"] == "p");
    LoggedInShell logged_in("/no/rclone");
    report = json::parse(logged_in.run({"cloud", "check", "--json"}).out);
    CHECK(report["scope"] == "space");
    report = json::parse(logged_in.run({"cloud", "ls", "--name", "p", "--json"}).out);
    CHECK(report["project"] == "p");
    CHECK(report["ok"] == false);
}

TEST_CASE("commands that change projects report in JSON") {
    Shell shell;
    const std::string work = (shell.folder().path() / "work").string();
    auto report = json::parse(shell.run({"project", "add", "work", work, "--json"}).out);
    CHECK(report == json{{"ok", true},
                         {"project", "work"},
                         {"path", work},
                         {"existed", false},
                         {"message", "Project 'work' added successfully"}});
    shell.folder().write("work/n.md", "# N\n");
    report = json::parse(shell.run({"project", "ls", "--name", "work", "--json"}).out);
    CHECK(report["files"] == json{{{"path", "n.md"}, {"size", 4}}});
    CHECK(json::parse(shell.run({"project", "default", "work", "--json"}).out)["project"] ==
          "work");
    const std::string moved = work + "2";
    report = json::parse(shell.run({"project", "move", "work", moved, "--json"}).out);
    CHECK(report["path"] == moved);
    CHECK(report["path_before"] == work);
    CHECK(shell.run({"project", "default", "main"}).code == 0);
    report = json::parse(
        shell.run({"project", "remove", "work", "--delete-notes", "--yes", "--json"}).out);
    CHECK(report["deleted_notes"] == true);
    CHECK_FALSE(std::filesystem::exists(moved));
    shell.set("BASIC_MEMORY_CLOUD_API_KEY", "bmc_key");
    REQUIRE(shell.run({"project", "add", "far", work}).code == 0);
    CHECK(json::parse(shell.run({"project", "set-cloud", "far", "--json"}).out)["mode"] == "cloud");
    CHECK(json::parse(shell.run({"project", "set-local", "far", "--json"}).out)["path"] == work);
}

TEST_CASE("a restored note and a token that has ended are told in JSON") {
    Shell shell;
    REQUIRE(shell.run({"tool", "write-note", "--title", "A", "--folder", "", "--content", "one"})
                .code == 0);
    REQUIRE(shell.run({"tool", "write-note", "--title", "A", "--folder", "", "--content", "two"})
                .code == 0);
    const auto restored = json::parse(shell.run({"restore", "A", "--json"}).out);
    CHECK(restored["ok"] == true);
    CHECK(restored["file_path"] == "A.md");
    CHECK(restored["was_deleted"] == false);
    const auto made = json::parse(shell.run({"token", "create", "--name", "t", "--json"}).out);
    const auto revoked = json::parse(shell.run({"token", "revoke", "t", "--json"}).out);
    CHECK(revoked["id"] == made["id"]);
    CHECK(revoked["revoked"] == true);
}

}  // namespace
}  // namespace bm::test
