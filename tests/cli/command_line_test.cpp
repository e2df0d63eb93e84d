#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include "cli/tool_commands.hpp"
#include "tests/cli/shell.hpp"
#include "tests/sync/fixture.hpp"

namespace bm {
namespace {

using nlohmann::json;
using test::contains;
using test::Shell;

TEST_CASE("the version is printed and touches nothing") {
    Shell shell;
    for (const char* flag : {"--version", "-v"}) {
        const auto outcome = shell.run({flag});
        CHECK(outcome.code == 0);
        CHECK(outcome.out == std::string("Basic Memory version: ") + kVersion + "\n");
    }
    CHECK_FALSE(std::filesystem::exists(shell.folder().path() / "data"));
}

TEST_CASE("no command prints the help and fails as a usage error") {
    Shell shell;
    const auto outcome = shell.run({});
    CHECK(outcome.code == 2);
    CHECK(contains(outcome.out, "basic-memory"));
    CHECK(contains(outcome.out, "project"));
}

TEST_CASE("every command and every tool has a help of its own") {
    Shell shell;
    std::vector<std::vector<std::string>> commands{{"mcp"},
                                                   {"status"},
                                                   {"sync"},
                                                   {"watch"},
                                                   {"reindex"},
                                                   {"project"},
                                                   {"project", "add"},
                                                   {"project", "list"},
                                                   {"project", "remove"},
                                                   {"project", "default"},
                                                   {"project", "move"},
                                                   {"project", "info"},
                                                   {"project", "ls"},
                                                   {"project", "sync-config"},
                                                   {"project", "sync"},
                                                   {"project", "bisync"},
                                                   {"project", "check"},
                                                   {"project", "copy"},
                                                   {"project", "sync-setup"},
                                                   {"project", "bisync-reset"},
                                                   {"cloud"},
                                                   {"cloud", "bisync"},
                                                   {"cloud", "check"},
                                                   {"cloud", "conflicts"},
                                                   {"cloud", "bisync-status"},
                                                   {"cloud", "bisync-reset"},
                                                   {"tool"}};
    for (const auto& tool : tool_commands()) commands.push_back({"tool", std::string(tool.name)});
    for (auto words : commands) {
        words.push_back("--help");
        CAPTURE(words[words.size() - 2]);
        const auto outcome = shell.run(words);
        CHECK(outcome.code == 0);
        CHECK(contains(outcome.out, "Usage:"));
        CHECK(contains(outcome.out, words[words.size() - 2]));
        CHECK(outcome.err.empty());
    }
    CHECK_FALSE(std::filesystem::exists(shell.folder().path() / "data"));
}

TEST_CASE("mistakes in the command line are usage errors with a way out") {
    Shell shell;
    for (const std::vector<std::string>& words : {std::vector<std::string>{"nonsense"},
                                                  {"status", "--nonsense"},
                                                  {"status", "--timeout", "-1"},
                                                  {"project"},
                                                  {"project", "nonsense"},
                                                  {"project", "remove"},
                                                  {"tool"},
                                                  {"tool", "nonsense"},
                                                  {"tool", "write-note", "--title", "x"},
                                                  {"mcp", "--transport", "pigeon"},
                                                  {"tool", "read-note", "x", "--page", "many"}}) {
        CAPTURE(words[0]);
        const auto outcome = shell.run(words);
        CHECK(outcome.code == 2);
        CHECK(contains(outcome.err, "Error: "));
        CHECK(contains(outcome.err, "--help"));
        CHECK(outcome.out.empty());
    }
}

TEST_CASE("every tool of the catalog can be called from the shell with flags it knows") {
    Shell shell;
    test::KnowledgeFixture fixture;
    Application application([](std::string_view) { return std::nullopt; },
                            Terminal({[](auto) {}, [](auto) {}, false, false, false}));
    const Catalog& catalog = application.catalog();
    for (const auto& tool : catalog.tools()) {
        CAPTURE(tool.name);
        const auto commands = tool_commands();
        const auto found = std::find_if(commands.begin(), commands.end(),
                                        [&](const auto& each) { return each.tool == tool.name; });
        REQUIRE(found != commands.end());
        for (const auto* list : {&found->positionals, &found->flags}) {
            for (const auto& flag : *list) {
                CAPTURE(flag.argument);
                CHECK(tool.input_schema.at("properties").contains(std::string(flag.argument)));
            }
        }
    }
}

TEST_CASE("a note goes in and comes out on the command line") {
    Shell shell;
    auto outcome =
        shell.run({"tool", "write-note", "--title", "Garden Plan", "--folder", "home", "--content",
                   "# Garden Plan\n\n- [fact] beds #garden", "--tags", "a,b", "--tags", "c"});
    CAPTURE(outcome.err);
    REQUIRE(outcome.code == 0);
    auto object = json::parse(outcome.out);
    CHECK(object["action"] == "created");
    CHECK(object["file_path"] == "home/Garden Plan.md");
    CHECK(contains(shell.folder().read("notes/home/Garden Plan.md"), "tags:\n- a\n- b\n- c\n"));

    outcome = shell.run({"tool", "read-note", "home/garden-plan"});
    CHECK(contains(json::parse(outcome.out)["content"].get<std::string>(), "beds"));
    CHECK(json::parse(outcome.out)["frontmatter"]["title"] == "Garden Plan");

    outcome = shell.run({"tool", "read-note", "home/garden-plan", "--plain", "--frontmatter"});
    CHECK(outcome.out.starts_with("---\ntitle: Garden Plan\n"));

    outcome = shell.run({"tool", "search-notes", "beds", "--entity-type", "entity"});
    CHECK(json::parse(outcome.out)["results"][0]["permalink"] == "home/garden-plan");

    outcome = shell.run({"tool", "search-notes", "beds", "--plain"});
    CHECK(contains(outcome.out, "Search: beds\n"));
    CHECK(contains(outcome.out, "Garden Plan"));

    outcome = shell.run({"tool", "edit-note", "home/garden-plan", "--operation", "append",
                         "--content", "more", "--text"});
    CHECK(contains(outcome.out, "# Edited note (append)"));

    outcome = shell.run({"tools", "recent-activity", "--plain"});
    CHECK(contains(outcome.out, "- Garden Plan (entity) home/garden-plan"));

    outcome = shell.run({"tool", "build-context", "memory://home/garden-plan"});
    CHECK(json::parse(outcome.out)["results"][0]["primary_result"]["title"] == "Garden Plan");

    outcome = shell.run({"tool", "continue-conversation", "--topic", "beds"});
    CHECK(contains(outcome.out, "# Continuing conversation on: beds"));
    CHECK(
        json::parse(shell.run({"tool", "continue-conversation", "--json"}).out).contains("prompt"));

    outcome = shell.run({"tool", "delete-note", "home/garden-plan"});
    CHECK(json::parse(outcome.out)["deleted"] == true);
    CHECK_FALSE(std::filesystem::exists(shell.folder().path() / "notes/home"));
}

TEST_CASE("a failing tool prints its sentence on stderr and exits with 1") {
    Shell shell;
    auto outcome = shell.run({"tool", "edit-note", "x", "--operation", "dance", "--content", "y"});
    CHECK(outcome.code == 1);
    CHECK(contains(outcome.err, "Error during edit_note: Invalid operation 'dance'."));
    outcome =
        shell.run({"tool", "write-note", "--title", "x", "--folder", "../out", "--content", "y"});
    CHECK(outcome.code == 1);
    CHECK(contains(outcome.err, "Error: SECURITY_VALIDATION_ERROR"));
    CHECK(contains(outcome.out, "SECURITY_VALIDATION_ERROR"));
    outcome = shell.run({"tool", "read-note", "x", "--project", "nowhere"});
    CHECK(outcome.code == 1);
    CHECK(outcome.err == "No project found named: nowhere\n");
    outcome = shell.run({"tool", "read-note", "missing"});
    CHECK(outcome.code == 0);
    CHECK(json::parse(outcome.out)["content"].is_null());
}

TEST_CASE("flags that exclude each other are named") {
    Shell shell;
    CHECK(
        contains(shell.run({"tool", "search-notes", "x", "--title", "--permalink"}).err,
                 "Use only one mode flag: --permalink, --title, --vector, or --hybrid. Exiting."));
    CHECK(contains(shell.run({"tool", "read-note", "x", "--json", "--plain"}).err,
                   "Error: --json and --plain are mutually exclusive."));
    CHECK(contains(shell.run({"tool", "search-notes", "x", "--meta", "novalue"}).err,
                   "Invalid --meta entry 'novalue'. Use key=value format."));
    CHECK(contains(shell.run({"tool", "search-notes", "x", "--filter", "{bad"}).err,
                   "Invalid JSON for --filter: {bad"));
    CHECK(contains(
        shell.run({"tool", "write-note", "--title", "x", "--folder", "", "--content", "  "}).err,
        "Empty content provided. Please provide non-empty content."));
}

TEST_CASE("status and sync tell what differs and bring it in step") {
    Shell shell;
    shell.folder().write("notes/a.md", "x");
    shell.folder().write("notes/docs/b.md", "y");
    auto outcome = shell.run({"status"});
    CHECK(outcome.out == "main: Status\n  a.md +1 new\n  docs/ +1 new\n");
    CHECK(json::parse(shell.run({"status", "--json"}).out)["new"] == json{"a.md", "docs/b.md"});
    CHECK(contains(shell.run({"status", "--verbose"}).out, "New Files"));
    CHECK(shell.run({"status", "--wait", "--timeout", "0"}).code == 1);
    CHECK(contains(shell.run({"sync", "--dry-run"}).out, "docs/ +1 new"));
    CHECK(shell.run({"sync"}).out == "main: Synced 2 files (new: 2, modified: 0, deleted: 0)\n");
    CHECK(shell.run({"status"}).out == "main: Status\n  No changes\n");
    CHECK(shell.run({"status", "--wait"}).code == 0);
    outcome = shell.run({"sync", "--watch"});
    CHECK(outcome.code == 1);
    CHECK(contains(outcome.err,
                   "--watch is only available in cloud mode. Run 'bm cloud login' first."));
    CHECK(contains(shell.run({"reindex"}).out, "Reindex complete!\n"));
    CHECK(contains(shell.run({"reindex", "--project", "x"}).err, "Project 'x' not found."));
}

TEST_CASE("13.1 item 90: status names the file that failed three times until it changes") {
    Shell shell;
    shell.folder().write("notes/bad.md", "caf\xe9");
    shell.run({"sync"});
    CHECK(contains(shell.run({"status"}).out, "! 1 file(s) not indexed; sync tries again"));
    const auto once = shell.run({"status", "--verbose"}).out;
    CHECK(contains(once, "! Not indexed"));
    CHECK_FALSE(contains(once, "Skipped"));
    for (int i = 0; i < 2; ++i) shell.run({"sync"});
    CHECK(contains(shell.run({"status"}).out, "! 1 file(s) skipped due to repeated failures"));
    const auto skipped = shell.run({"status", "--verbose"}).out;
    CHECK(contains(skipped, "! Skipped (Circuit Breaker)"));
    CHECK(contains(skipped, "bad.md (failures: 3, reason: "));
    const auto listed = json::parse(shell.run({"status", "--json"}).out)["skipped_files"];
    REQUIRE(listed.size() == 1);
    CHECK(listed[0]["path"] == "bad.md");
    CHECK(listed[0]["failure_count"] == 3);
    shell.folder().write("notes/bad.md", "good");
    CHECK(contains(shell.run({"sync"}).out, "new: 1"));
    CHECK_FALSE(contains(shell.run({"status", "--verbose"}).out, "Skipped"));
}

TEST_CASE("there is no help on a command that there is not") {
    Shell shell;
    for (const std::vector<std::string>& words :
         {std::vector<std::string>{"nonsense", "--help"}, {"config", "bogus", "--help"}}) {
        const auto outcome = shell.run(words);
        CHECK(outcome.code == 2);
        CHECK(outcome.out.empty());
        CHECK(contains(outcome.err, "there is no command '"));
    }
}

TEST_CASE("project info shows numbers for people and for scripts") {
    Shell shell;
    shell.folder().write("notes/a.md", "- [fact] x\n- knows [[B]]");
    shell.run({"sync"});
    const auto outcome = shell.run({"project", "info", "main"});
    CHECK(outcome.code == 0);
    for (const char* part : {"Basic Memory Project Info", "Statistics", "Entities",
                             "Unresolved Relations", "Available Projects", "Timestamp: "}) {
        CAPTURE(part);
        CHECK(contains(outcome.out, part));
    }
    const auto object = json::parse(shell.run({"project", "info", "main", "--json"}).out);
    CHECK(object["statistics"]["total_entities"] == 1);
    CHECK(object["statistics"]["total_unresolved_relations"] == 1);
    CHECK(shell.run({"project", "info", "x"}).code == 1);
}

TEST_CASE("a broken configuration is an error that names the file and is left alone") {
    Shell shell;
    shell.folder().write("data/config.json", "{ broken");
    for (const std::vector<std::string>& words :
         {std::vector<std::string>{"status"}, {"project", "list"}, {"mcp"}}) {
        const auto outcome = shell.run(words);
        CHECK(outcome.code == 1);
        CHECK(contains(outcome.err, "config file is not valid JSON"));
        CHECK(contains(outcome.err, "config.json"));
    }
    CHECK(shell.folder().read("data/config.json") == "{ broken");
}

TEST_CASE("a server that is bound to an unknown project does not start") {
    Shell shell;
    const auto outcome = shell.run({"mcp", "--project", "nowhere"});
    CHECK(outcome.code == 1);
    CHECK(outcome.err == "No project found named: nowhere\n");
}

TEST_CASE("the log tells of calls and syncs at DEBUG and never what notes say") {
    Shell shell;
    shell.run({"project", "list"});
    const auto config = shell.folder().path() / "data/config.json";
    json settings = json::parse(shell.folder().read("data/config.json"));
    settings["log_level"] = "DEBUG";
    shell.folder().write("data/config.json", settings.dump());
    shell.run({"tool", "write-note", "--title", "T", "--folder", "", "--content", "secret words",
               "--project", "main"});
    shell.run({"sync"});
    const std::string log = shell.folder().read("data/basic-memory.log");
    CHECK(contains(log, "tool write_note, project 'main': done in "));
    CHECK(contains(log, "sync of project 'main': new 0"));
    CHECK_FALSE(contains(log, "secret"));
}

TEST_CASE("the environment wins over log_level and an unknown level is said once") {
    Shell shell;
    shell.run({"project", "list"});
    shell.set("BASIC_MEMORY_LOG_LEVEL", "loud");
    shell.set("BASIC_MEMORY_PROJECT", "main");
    shell.run({"tool", "read-note", "nothing"});
    const std::string log = shell.folder().read("data/basic-memory.log");
    const auto times = [&](std::string_view part) {
        int count = 0;
        for (std::size_t at = log.find(part); at != std::string::npos; at = log.find(part, at + 1))
            ++count;
        return count;
    };
    CHECK(times("log_level 'loud' is none of") == 1);
    CHECK(times("BASIC_MEMORY_PROJECT is obsolete") == 1);
    CHECK_FALSE(contains(log, "tool read_note"));
}

TEST_CASE("the setting env with the value test keeps the program from indexing unasked") {
    for (const bool is_test : {false, true}) {
        CAPTURE(is_test);
        Shell shell;
        shell.run({"project", "list"});
        json settings = json::parse(shell.folder().read("data/config.json"));
        if (is_test) settings["env"] = "test";
        shell.folder().write("data/config.json", settings.dump());
        shell.folder().write("notes/deep/unseen.md", "pomegranate");
        CHECK(contains(shell.run({"tool", "search-notes", "pomegranate"}).out, "unseen") !=
              is_test);
    }
}

TEST_CASE("a negative timeout is a mistake in the command line") {
    Shell shell;
    for (const char* seconds : {"-1", "nan", "inf", "soon"}) {
        CAPTURE(seconds);
        const auto outcome = shell.run({"status", "--wait", "--timeout", seconds});
        CHECK(outcome.code == 2);
        CHECK(contains(outcome.err, "--timeout"));
        CHECK_FALSE(contains(outcome.err, "e+308"));
    }
}

TEST_CASE("local is where commands go, and nobody is sent to the cloud without a log-in") {
    Shell shell;
    CHECK(shell.run({"project", "list", "--local"}).code == 0);
    CHECK(shell.run({"status", "--local"}).code == 0);
    CHECK(shell.run({"tool", "search-notes", "x", "--local"}).code == 0);
    auto outcome = shell.run({"project", "list", "--cloud"});
    CHECK(outcome.code == 1);
    CHECK(contains(outcome.err, "Not authenticated. Please run 'bm cloud login' first."));
    outcome = shell.run({"status", "--local", "--cloud"});
    CHECK(outcome.code == 1);
    CHECK(outcome.err == "Cannot specify both --local and --cloud flags\n");
}

}  // namespace
}  // namespace bm
