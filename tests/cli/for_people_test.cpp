#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include "cli/upkeep_commands.hpp"
#include "tests/cli/shell.hpp"

namespace bm::test {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using Words = std::vector<std::string>;

// U+009B begins a command to a terminal, too.
constexpr const char* kEvilTitle = "evil \\e[2J\\e]0;pwned\\a\\u009b2Jx\\ny";

void put_evil_note(const Shell& shell) {
    shell.folder().write("notes/e\x1b[2Jvil.md", std::string("---\ntitle: \"") + kEvilTitle +
                                                     "\"\n---\n\nroses \x1b[31mred\n");
}

TEST_CASE("nothing in a title or a file name reaches a terminal as a command") {
    Shell shell;
    put_evil_note(shell);
    CHECK_FALSE(contains(shell.run({"status"}, true).out, "\x1b"));
    CHECK_FALSE(contains(shell.run({"status", "-v"}, true).out, "\x1b"));
    CHECK_FALSE(contains(shell.run({"sync", "-v"}, true).out, "\x1b"));
    for (const Words& words : std::vector<Words>{{"orphans"},
                                                 {"project", "ls", "--name", "main"},
                                                 {"project", "info", "main"},
                                                 {"inspect", "query", "roses"},
                                                 {"tool", "search-notes", "roses"},
                                                 {"tool", "recent-activity"},
                                                 {"tool", "build-context", "*"}}) {
        CAPTURE(words[0]);
        const auto outcome = shell.run(words, true);
        CHECK(outcome.code == 0);
        CHECK(contains(outcome.out, "vil"));
        CHECK_FALSE(contains(outcome.out, "\x1b"));
        CHECK_FALSE(contains(outcome.out, "\a"));
        CHECK_FALSE(contains(outcome.out, "\xc2\x9b"));
    }
}

TEST_CASE("nor do messages: what went wrong may be about a name like that") {
    Shell shell;
    put_evil_note(shell);
    shell.folder().write("notes/b\x1b[2Jad.md", "# \xff\n");
    shell.folder().write("data/broken.json", "{\"type\": \"\x1b]0;x\a\"");
    const std::string evil = "\x1b]0;pwned\a\xc2\x9b";
    for (const Words& words : std::vector<Words>{
             {"sync"},
             {"status", "--project", evil},
             {"tool", "read-note", evil},
             {"tool", "read-note", "evil 2Jx"},
             {"tool", "edit-note", evil, "--operation", "append", "--content", "x"},
             {"tool", "read-note", "roses", "--text"},
             {"history", evil},
             {"restore", evil},
             {"schema", "infer", evil},
             {"project", "remove", evil},
             {"import", "memory-json", (shell.folder().path() / "data/broken.json").string()},
             {"config", "get", evil},
             {"doctor"}}) {
        CAPTURE(words[0]);
        const auto outcome = shell.run(words, true);
        for (const std::string& told : {outcome.out, outcome.err}) {
            CHECK_FALSE(contains(told, "\x1b"));
            CHECK_FALSE(contains(told, "\a"));
            CHECK_FALSE(contains(told, "\xc2\x9b"));
        }
    }
}

TEST_CASE("a removed entry is not told to be used") {
    Shell shell;
    REQUIRE(shell.run({"setup", "codex"}).code == 0);
    const auto outcome = shell.run({"setup", "codex", "--remove"});
    CHECK(outcome.code == 0);
    CHECK(contains(outcome.out, "It is gone when Codex is started the next time."));
    CHECK_FALSE(contains(outcome.out, "next session"));
}

TEST_CASE("every tool takes --project, also where it means nothing") {
    Shell shell;
    shell.folder().write("notes/a.md", "# A\n");
    for (const Words& words : std::vector<Words>{{"list-projects"},
                                                 {"search", "a"},
                                                 {"fetch", "a"},
                                                 {"create-project", "x", "/tmp/none/../x"},
                                                 {"delete-project", "x"}}) {
        CAPTURE(words[0]);
        Words whole{"tool"};
        whole.insert(whole.end(), words.begin(), words.end());
        whole.insert(whole.end(), {"--project", "main"});
        CHECK_FALSE(contains(shell.run(whole).err, "Unexpected keyword argument"));
    }
    CHECK(shell.run({"tool", "list-projects", "--project", "main"}).code == 0);
}

TEST_CASE("a tool that gives a code gives its sentence, too, and failures go to stderr") {
    Shell shell;
    shell.folder().write("notes/a.md", "# A\n");
    const auto coded = shell.run({"tool", "move-note", "A"});
    CHECK(coded.code == 1);
    CHECK(coded.out.empty());
    CHECK(coded.err.starts_with("Error: MISSING_DESTINATION\n"));
    CHECK(coded.err.size() > std::string("Error: MISSING_DESTINATION\n").size() + 20);
    CHECK_FALSE(contains(coded.err, "\n#"));
    const Words edit{"tool", "edit-note", "Nowhere", "--operation", "append", "--content", "x"};
    for (const bool on_terminal : {true, false}) {
        auto words = edit;
        if (!on_terminal) words.emplace_back("--text");
        const auto outcome = shell.run(words, on_terminal);
        CHECK(outcome.code == 1);
        CHECK(outcome.out.empty());
        CHECK(contains(outcome.err, "# Edit Failed"));
    }
}

TEST_CASE("a canvas is read as it is") {
    Shell shell;
    const std::string canvas = "{\"nodes\": [], \"edges\": []}\n";
    shell.folder().write("notes/c.canvas", canvas);
    CHECK(contains(shell.run({"tool", "read-note", "c.canvas"}, true).out, canvas));
    const auto object = json::parse(shell.run({"tool", "read-note", "c.canvas"}).out);
    CHECK(object["content"] == canvas);
    CHECK(object["frontmatter"].is_null());
}

TEST_CASE("build-context leaves out what is null") {
    Shell shell;
    shell.folder().write("notes/a.md", "---\ntitle: A\n---\n\n- links_to [[Nowhere]]\n");
    const auto outcome = shell.run({"tool", "build-context", "a"});
    CHECK(outcome.code == 0);
    CHECK(contains(outcome.out, "Nowhere"));
    CHECK_FALSE(contains(outcome.out, "null"));
}

TEST_CASE("a terminal is told what became of a note") {
    Shell shell;
    shell.folder().write("notes/a.md", "# A\n");
    CHECK(shell.run({"tool", "delete-note", "a"}, true).out == "Deleted a\n");
    CHECK(shell.run({"tool", "delete-note", "a"}, true).out == "There is no note a\n");
}

TEST_CASE("scores near nothing are shown with the digits that count") {
    Shell shell;
    shell.folder().write("notes/a.md", "# A\n\nroses\n");
    const auto outcome = shell.run({"tool", "search-notes", "roses"}, true);
    CHECK(contains(outcome.out, "(score: "));
    CHECK_FALSE(contains(outcome.out, "0.00)"));
}

TEST_CASE("project info of a new project counts its notes") {
    Shell shell;
    shell.folder().write("vault/a.md", "# A\n");
    REQUIRE(shell.run({"project", "add", "v", (shell.folder().path() / "vault").string()}).code ==
            0);
    const auto outcome = shell.run({"project", "info", "v"});
    CHECK(contains(outcome.out, "Entities              1"));
}

TEST_CASE("embeddings alone read no file again") {
    Shell shell;
    shell.folder().write("notes/a.md", "# A\n");
    shell.set("BASIC_MEMORY_SEMANTIC_SEARCH_ENABLED", "true");
    const auto outcome = shell.run({"reindex", "-e"});
    CHECK_FALSE(contains(outcome.out, "Reindexed"));
    CHECK(contains(shell.run({"reindex"}).out, "Reindexed"));
}

TEST_CASE("moving a project asks for work only where there is some") {
    Shell shell;
    const std::string home = shell.folder().path().string();
    const std::string empty = home + "/empty";
    REQUIRE(shell.run({"project", "add", "v", empty}).code == 0);
    auto outcome = shell.run({"project", "move", "v", home + "/elsewhere"});
    CHECK(contains(outcome.out, "There was nothing in " + empty + "."));
    CHECK_FALSE(contains(outcome.out, "Manual File Movement"));
    fs::remove_all(home + "/elsewhere");
    CHECK(
        contains(shell.run({"project", "move", "v", home + "/third"}).out, "There was nothing in"));
    outcome = shell.run({"project", "move", "v", home + "/third"});
    CHECK(outcome.out == "Project 'v' updated successfully\n");
}

TEST_CASE("workspaces and visibility are taken where other programs have them") {
    Shell shell;
    const std::string path = (shell.folder().path() / "w").string();
    CHECK(shell.run({"project", "list", "--workspace", "personal"}).code == 0);
    CHECK(shell.run({"project", "list", "--workspace", "team"}).err ==
          "Error: Workspace 'team' not found\n");
    CHECK(shell.run({"project", "add", "w", path, "--workspace", "team"}).code == 1);
    CHECK(shell
              .run({"project", "add", "w", path, "--workspace", "personal", "--visibility",
                    "private"})
              .code == 0);
    CHECK(shell.run({"project", "add", "x", path, "--visibility", "public"}).code == 2);
}

TEST_CASE("a program in its folder of building is updated by building") {
    TemporaryFolder folder;
    folder.write("build/release/CMakeCache.txt", "");
    CHECK(installation_of(folder.path() / "build/release/cli/bm") == Installation::source);
    CHECK(installation_of(folder.path() / "bin/bm") == Installation::unpacked);
}

TEST_CASE("unknown words are named in the order in which they were typed") {
    Shell shell;
    CHECK(
        contains(shell.run({"status", "--workspace", "personal", "--now"}).err,
                 "Error: The following arguments were not expected: --workspace personal --now\n"));
}

TEST_CASE("the help of a command is about that command") {
    Shell shell;
    CHECK_FALSE(contains(shell.run({"config", "get", "--help"}).out, "Start here"));
    CHECK(contains(shell.run({"--help"}).out, "Start here"));
    CHECK(contains(shell.run({"--help"}).out, "--local and --cloud"));
    CHECK(contains(shell.run({"restore", "--help"}).out, "restore again to take it back"));
    for (const char* command : {"sync-setup", "bisync-reset"}) {
        CAPTURE(command);
        CHECK_FALSE(contains(shell.run({"project", command, "--help"}).out, "REQUIRED"));
        shell.set("BASIC_MEMORY_CLOUD_MODE", "true");
        const auto outcome = shell.run({"project", command});
        CHECK(outcome.code == 2);
        CHECK(contains(outcome.err, "Name a project."));
    }
}

TEST_CASE("settings that are not in effect say so") {
    Shell shell;
    const std::string notes = (shell.folder().path() / "notes").string();
    shell.folder().write("data/config.json", R"({"projects": {"main": ")" + notes +
                                                 R"("}, "default_project": "gone",
                             "api_url": "https://old.example"})");
    const std::string gone = "Note: there is no project 'gone': 'main' is used.";
    CHECK(contains(shell.run({"config", "get", "default_project"}).err, gone));
    const auto listed = shell.run({"config", "list"});
    CHECK(contains(listed.err, gone));
    CHECK(contains(listed.err, "cloud mode is on all the same"));
    CHECK(contains(shell.run({"config", "get", "cloud_host"}).err, "https://old.example"));
    Shell plain;
    CHECK(plain.run({"config", "list"}).err.empty());
}

TEST_CASE("a setting that is only kept says so when it is set") {
    Shell shell;
    for (const char* key :
         {"format_on_save", "ensure_frontmatter_on_sync", "telemetry_notice_shown"}) {
        CAPTURE(key);
        const auto outcome = shell.run({"config", "set", key, "true"});
        CHECK(outcome.code == 0);
        CHECK(contains(outcome.err, "does nothing with it"));
    }
    CHECK(shell.run({"config", "set", "sync_delay", "5"}).err.empty());
}

TEST_CASE("the style plain takes colours away") {
    Shell shell;
    shell.folder().write("notes/a.md", "# A\n");
    shell.want_colours();
    CHECK(contains(shell.run({"orphans"}, true).out, "\x1b[1m"));
    shell.set("BASIC_MEMORY_CLI_OUTPUT_STYLE", "plain");
    CHECK_FALSE(contains(shell.run({"orphans"}, true).out, "\x1b"));
    CHECK_FALSE(contains(shell.run({"tool", "recent-activity"}, true).out, "\x1b"));
    // Also of commands that open no index.
    for (const Words& words : std::vector<Words>{{"config", "list"}, {"cloud", "status"}}) {
        CAPTURE(words[0]);
        CHECK_FALSE(contains(shell.run(words, true).out, "\x1b"));
    }
}

TEST_CASE("inspect says what it leaves out, and takes the words of a tool") {
    Shell shell;
    shell.folder().write("notes/a.md", "# A\n\nroses\n");
    auto outcome = shell.run({"inspect", "query", "roses", "--plain", "--show-ids"});
    CHECK(outcome.code == 0);
    CHECK(contains(outcome.out, "id of the note: "));
    CHECK_FALSE(contains(outcome.out, "Semantic search"));
    CHECK(shell.run({"inspect", "query", "roses", "--plain", "--json"}).code == 2);
    const auto projects = json::parse(shell.run({"project", "list", "--json"}).out)["projects"];
    const auto id = projects[0]["external_id"].get<std::string>();
    CHECK(shell.run({"inspect", "note", "a", "--project-id", id}).code == 0);
    CHECK(shell.run({"inspect", "note", "a", "--project-id", "0"}).code == 1);
    shell.set("BASIC_MEMORY_SEMANTIC_SEARCH_ENABLED", "true");
    CHECK(contains(shell.run({"inspect", "query", "roses"}).out, "Semantic search is on"));
}

TEST_CASE("completion offers the values that there are") {
    Shell shell;
    const auto offered = [&shell](Words words) {
        words.insert(words.begin(), "--complete-words");
        return shell.run(words).out;
    };
    CHECK(contains(offered({"setup", ""}), "codex\n"));
    CHECK(offered({"inspect", "query", "x", "--mode", ""}) == "text\ntitle\npermalink\n");
    CHECK(offered({"hook", "install", "--harness", ""}) == "claude\ncodex\n");
    CHECK(offered({"hook", "stop", "--harness", "co"}) == "codex\n");
    CHECK(offered({"sync", "--profile", "s"}) == "safe\n");
    CHECK(contains(offered({"mcp", "--transport", ""}), "streamable-http\n"));
    CHECK(offered({"config", "get", "sync_d"}) == "sync_delay\n");
    CHECK(offered({"config", "list", ""}).empty());
    for (const char* command : {"set-cloud", "set-local", "sync-setup", "bisync-reset"}) {
        CAPTURE(command);
        CHECK(offered({"project", command, ""}) == "main\n");
    }
    CHECK(offered({"cloud", "sync-setup", ""}) == "main\n");
    CHECK(offered({"cloud", "bisync-reset", ""}) == "main\n");
    CHECK(contains(shell.run({"project", "add", "--help"}).out, "--visibility TEXT:{"));
}

}  // namespace
}  // namespace bm::test
