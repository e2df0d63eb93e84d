#include <csignal>
#include <functional>

#include <doctest/doctest.h>
#include <fcntl.h>
#include <nlohmann/json.hpp>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cli/man_page.hpp"
#include "cli/upkeep_commands.hpp"
#include "tests/cli/shell.hpp"

namespace bm {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using test::contains;
using test::Shell;

void put_notes(const Shell& shell) {
    shell.folder().write("notes/a.md",
                         "---\ntitle: Alpha\n---\n\nbeds and roses\n\n- [fact] roses need sun\n"
                         "- links_to [[b]]\n- links_to [[Nowhere]]\n");
    shell.folder().write("notes/b.md", "---\ntitle: Beta\n---\n\nroses only\n");
    shell.folder().write("notes/c.md", "---\ntitle: Gamma\n---\n\nalone\n");
}

TEST_CASE("notes without relations are listed") {
    Shell shell;
    put_notes(shell);
    auto outcome = shell.run({"orphans", "--json"});
    CHECK(outcome.code == 0);
    const auto report = json::parse(outcome.out);
    CHECK(report["project"] == "main");
    CHECK(report["total"] == 1);
    CHECK(report["orphans"][0]["file_path"] == "c.md");
    outcome = shell.run({"orphans"});
    CHECK(contains(outcome.out, "main: Entities Without Relations (1 total)"));
    fs::remove(shell.folder().path() / "notes/c.md");
    REQUIRE(shell.run({"sync"}).code == 0);
    CHECK(shell.run({"orphans"}).out == "No orphan entities in project 'main'\n");
    CHECK(shell.run({"orphans", "--project", "x"}).code == 1);
}

TEST_CASE("a reset empties the index, and neither files nor projects") {
    Shell shell;
    put_notes(shell);
    REQUIRE(shell.run({"sync"}).code == 0);
    const std::string note = shell.folder().read("notes/a.md");
    const std::string config = shell.folder().read("data/config.json");
    auto outcome = shell.run({"reset", "--yes"});
    CHECK(outcome.code == 0);
    CHECK(contains(outcome.out, "Database reset complete"));
    CHECK(shell.folder().read("notes/a.md") == note);
    CHECK(shell.folder().read("data/config.json") == config);
    CHECK(json::parse(shell.run({"status", "--json"}).out)["new"].size() == 3);

    outcome = shell.run({"db", "reset", "--yes", "--reindex"});
    CHECK(outcome.code == 0);
    CHECK(contains(outcome.out, "Rebuilding search index for 1 project(s)...\n"));
    CHECK(contains(outcome.out, "Indexing main...\n"));
    CHECK(contains(outcome.out, "Reindex complete\n"));
    CHECK(json::parse(shell.run({"status", "--json"}).out)["new"].empty());
    CHECK(json::parse(shell.run({"reset", "--yes", "--json"}).out)["reset"] == true);
}

TEST_CASE("a reset waits for those who use the index") {
    Shell shell;
    put_notes(shell);
    REQUIRE(shell.run({"sync"}).code == 0);
    const fs::path index = shell.folder().path() / "data/index.db";
    int ready[2];
    REQUIRE(::pipe(ready) == 0);
    const pid_t other = ::fork();
    if (other == 0) {
        (void)::open(index.c_str(), O_RDONLY);
        (void)!::write(ready[1], "x", 1);
        ::pause();
        ::_exit(0);
    }
    char byte = 0;
    REQUIRE(::read(ready[0], &byte, 1) == 1);
    const auto refused = shell.run({"reset", "--yes"});
    CHECK(refused.code == 1);
    CHECK(contains(refused.err, std::to_string(other)));
    CHECK(contains(refused.err, "--force"));
    CHECK(shell.run({"reset", "--yes", "--force"}).code == 0);
    ::kill(other, SIGKILL);
    ::waitpid(other, nullptr, 0);
    ::close(ready[0]);
    ::close(ready[1]);
    CHECK(shell.run({"reset", "--yes"}).code == 0);
}

TEST_CASE("a reindex reports in JSON too") {
    Shell shell;
    put_notes(shell);
    const auto outcome = shell.run({"db", "reindex", "--json"});
    CHECK(outcome.code == 0);
    CHECK(json::parse(outcome.out).contains("main"));
    CHECK(contains(shell.run({"reindex", "--full"}).out, "Reindex complete!"));
}

TEST_CASE("the user's formatter runs over the files of a project") {
    Shell shell;
    put_notes(shell);
    shell.folder().write("notes/x.canvas", "{}");
    shell.folder().write("notes/x.txt", "left alone");
    auto outcome = shell.run({"format"});
    CHECK(outcome.code == 1);
    CHECK(contains(outcome.err, "bm config set formatter_command"));

    const std::string script = (shell.folder().path() / "fmt with blank.sh").string();
    shell.folder().write("fmt with blank.sh", "#!/bin/sh\necho formatted >> \"$2\"\n");
    ::chmod(script.c_str(), 0755);
    REQUIRE(
        shell.run({"config", "set", "formatter_command", "\"" + script + "\" -w {file}"}).code ==
        0);
    outcome = shell.run({"format", "a.md"});
    CHECK(outcome.code == 0);
    CHECK(outcome.out == "Formatted: 1 file(s)\n");
    CHECK(shell.folder().read("notes/a.md").ends_with("formatted\n"));
    CHECK_FALSE(shell.folder().read("notes/b.md").ends_with("formatted\n"));
    // What was formatted is indexed.
    CHECK(json::parse(shell.run({"status", "--json"}).out)["modified"].empty());
    CHECK(json::parse(shell.run({"format", "--json"}).out)["formatted"] == 4);
    CHECK(shell.folder().read("notes/x.txt") == "left alone");
    CHECK(shell.run({"format", "../x"}).code == 1);
    CHECK(shell.run({"format", "nowhere"}).code == 1);

    REQUIRE(shell.run({"config", "unset", "formatter_command"}).code == 0);
    shell.set("BASIC_MEMORY_FORMATTERS", R"({"md": "/bin/false"})");
    outcome = shell.run({"format"});
    CHECK(outcome.code == 1);
    CHECK(contains(outcome.out, "Skipped: 1 file(s) (no formatter for extension)"));
    CHECK(contains(outcome.out, "Errors: 3 file(s)"));
    CHECK(contains(outcome.err, "a.md: "));
    shell.set("BASIC_MEMORY_FORMATTERS", R"({".md": "no-such-formatter"})");
    CHECK(contains(shell.run({"format"}).err, "there is no program no-such-formatter"));
}

TEST_CASE(
    "what a formatter replaces goes into the history, and a read-only project is left alone") {
    Shell shell;
    shell.folder().write("notes/a.md", "---\ntitle: A\n---\nprecious\n");
    REQUIRE(shell.run({"config", "set", "formatter_command", "truncate -s 0 {file}"}).code == 0);
    REQUIRE(shell.run({"format"}).code == 0);
    CHECK(shell.folder().read("notes/a.md").empty());
    REQUIRE(shell.run({"restore", "a"}).code == 0);
    CHECK(contains(shell.folder().read("notes/a.md"), "precious"));

    shell.folder().write("museum/b.md", "old");
    const std::string museum = (shell.folder().path() / "museum").string();
    REQUIRE(shell.run({"project", "add", "museum", museum, "--read-only"}).code == 0);
    const auto outcome = shell.run({"format", "--project", "museum"});
    CHECK(outcome.code == 1);
    CHECK(contains(outcome.err, "read-only"));
    CHECK(shell.folder().read("museum/b.md") == "old");
}

TEST_CASE("a reset for scripts asks nobody") {
    Shell shell;
    const auto outcome = shell.run({"reset", "--json"});
    CHECK(outcome.code == 2);
    CHECK(json::parse(outcome.out)["ok"] == false);
    CHECK(contains(outcome.err, "--yes"));
    CHECK(json::parse(shell.run({"reset", "--json", "--yes"}).out)["reset"] == true);
}

TEST_CASE("there is no telemetry, whatever the setting says") {
    Shell shell;
    auto outcome = shell.run({"telemetry", "disable"});
    CHECK(outcome.code == 0);
    CHECK(json::parse(shell.folder().read("data/config.json"))["telemetry_enabled"] == false);
    CHECK(contains(shell.run({"telemetry", "status"}).out, "collects and sends nothing"));
    const auto report = json::parse(shell.run({"telemetry", "status", "--json"}).out);
    CHECK(report["collects"] == false);
    CHECK(report["telemetry_enabled"] == false);
    CHECK(shell.run({"telemetry", "enable"}).code == 0);
}

TEST_CASE("an update says how this copy was installed and loads nothing") {
    using enum Installation;
    CHECK(installation_of("/usr/bin/bm") == debian);
    CHECK(installation_of("/nix/store/abc-bm/bin/bm") == nix);
    CHECK(installation_of("/opt/homebrew/Cellar/bm/1/bin/bm") == homebrew);
    CHECK(installation_of("/home/a/.config/Claude/Claude Extensions/x/server/bm") == bundle);
    CHECK(installation_of("/home/a/bin/bm") == unpacked);
    Shell shell;
    const auto outcome = shell.run({"update", "--check"});
    CHECK(outcome.code == 0);
    CHECK(contains(outcome.out, std::string("Basic Memory version: ") + kVersion));
    CHECK(json::parse(shell.run({"update", "--json"}).out)["checked_online"] == false);
    CHECK_FALSE(fs::exists(shell.folder().path() / "data"));
}

TEST_CASE("workspaces are explained, whatever is asked of them") {
    Shell shell;
    for (const std::vector<std::string>& words :
         {std::vector<std::string>{"workspace"}, {"workspace", "list", "--all"}}) {
        const auto outcome = shell.run(words);
        CHECK(outcome.code == 1);
        CHECK(contains(outcome.err, "bm cloud status"));
    }
}

TEST_CASE("the manual page has every command and every option") {
    Shell shell;
    auto outcome = shell.run({"man", "show"});
    CHECK(outcome.code == 0);
    const std::string page = outcome.out;
    CHECK(page.starts_with(".TH BM 1"));
    const std::function<void(const CommandHelp&, std::string)> check =
        [&](const CommandHelp& command, std::string path) {
            CAPTURE(path);
            std::string shown;
            for (const char c : path) shown += c == '-' ? std::string("\\-") : std::string(1, c);
            CHECK(contains(page, "\\fB" + shown + "\\fR"));
            for (const auto& below : command.commands) check(below, path + ' ' + below.name);
        };
    const CommandHelp tree = whole_command_help();
    for (const auto& command : tree.commands) check(command, "bm " + command.name);
    CHECK(contains(page, "\\fB\\-\\-page\\-size\\fR"));

    outcome = shell.run({"man", "install"});
    CHECK(outcome.code == 0);
    CHECK(shell.folder().read(".local/share/man/man1/bm.1") == page);
    CHECK(shell.folder().read(".local/share/man/man1/basic-memory.1") == page);
    CHECK(contains(outcome.out, "man " + (shell.folder().path() / ".local").string()));
    shell.set("PATH", (shell.folder().path() / ".local/bin").string());
    CHECK_FALSE(contains(shell.run({"man", "install"}).out, "Not where man looks"));
    CHECK(shell.run({"man", "install", "--dir", (shell.folder().path() / "m").string()}).code == 0);
    CHECK(shell.folder().read("m/bm.1") == page);
}

TEST_CASE("text that man would take for a request is printed") {
    const CommandHelp tree{"bm", "x", ".TH evil\n'so\nback\\slash"};
    CHECK(contains(man_page(tree, "1"), "\\&.TH evil\n\\&'so\nback\\eslash"));
}

TEST_CASE("what the index holds for a note is shown") {
    Shell shell;
    put_notes(shell);
    auto outcome = shell.run({"inspect", "note", "a", "--json"});
    REQUIRE(outcome.code == 0);
    const auto note = json::parse(outcome.out);
    CHECK(note["file_path"] == "a.md");
    CHECK(note["file"] == "as indexed");
    CHECK(note["observations"][0]["category"] == "fact");
    CHECK(note["outgoing"][0]["to"] == "b.md");
    CHECK(note["outgoing"][1]["resolved"] == false);
    CHECK(note["search_documents"] == 4);
    CHECK(json::parse(shell.run({"inspect", "note", "b", "--json"}).out)["incoming"][0]["from"] ==
          "a.md");
    outcome = shell.run({"inspect", "note", "a"});
    CHECK(contains(outcome.out, "[fact] roses need sun"));
    CHECK(contains(outcome.out, "links_to Nowhere -> (there is no such note yet)"));
    CHECK(shell.run({"inspect", "note", "nothing at all"}).code == 1);
    const auto state = [&shell] {
        return json::parse(shell.run({"inspect", "note", "c", "--json"}).out)["file"];
    };
    const fs::path file = shell.folder().path() / "notes/c.md";
    REQUIRE(state() == "as indexed");
    fs::last_write_time(file, fs::last_write_time(file) - std::chrono::hours(1));
    CHECK(state() == "as indexed");
}

TEST_CASE("how a query was ranked is shown, as far as the index tells") {
    Shell shell;
    put_notes(shell);
    auto outcome = shell.run({"inspect", "query", "Roses beds", "--json"});
    REQUIRE(outcome.code == 0);
    auto report = json::parse(outcome.out);
    CHECK(report["words"] == json{"roses", "beds"});
    CHECK(report["tried"][0]["criterion"] == "full text");
    CHECK(report["any_word_is_enough"] == false);
    CHECK(report["results"][0]["rank"] == 1);
    CHECK(report["results"][0]["file_path"] == "a.md");
    report = json::parse(shell.run({"inspect", "query", "old roses unicorn", "--json"}).out);
    CHECK(report["any_word_is_enough"] == true);
    CHECK(report["total"].get<int>() >= 2);
    report = json::parse(shell.run({"inspect", "query", "beta", "--mode", "title", "--json"}).out);
    CHECK(report["results"][0]["words_in_title"] == json{"beta"});
    outcome = shell.run({"inspect", "query", "roses beds"});
    CHECK(contains(outcome.out, "Tried:   full text: roses beds"));
    CHECK(contains(outcome.out, "1. "));
    CHECK(shell.run({"inspect", "query", "x", "--mode", "vector"}).code == 2);
    CHECK(shell.run({"inspect", "query", "x", "--page", "0"}).code == 2);
}

}  // namespace
}  // namespace bm
