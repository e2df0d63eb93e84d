#include <filesystem>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include "cli/commands.hpp"
#include "tests/cli/shell.hpp"

namespace bm {
namespace {

using nlohmann::json;
using test::contains;
using test::Shell;

TEST_CASE("a word that is no command is named with the commands that there are") {
    Shell shell;
    struct Case {
        std::vector<std::string> words;
        const char* named;
        const char* one;
    };
    for (const Case& each :
         {Case{{"nonsense"}, "no command 'nonsense' in 'basic-memory'", "status"},
          Case{{"tool", "nope"}, "no command 'nope' in 'basic-memory tool'", "write-note"},
          Case{{"project", "push"}, "no command 'push' in 'basic-memory project'", "move"}}) {
        CAPTURE(each.named);
        const auto outcome = shell.run(each.words);
        CHECK(outcome.code == 2);
        CHECK(contains(outcome.err, each.named));
        CHECK(contains(outcome.err, each.one));
    }
    CHECK(contains(shell.run({"project", "ls", "x"}).err, "--name"));
}

TEST_CASE("flags of sync that only a cloud has are checked and left aside with a note") {
    Shell shell;
    auto outcome = shell.run({"sync", "--report", "--force", "--yes", "--profile", "fast",
                              "--interval", "5", "--resync"});
    CHECK(outcome.code == 0);
    for (const char* part : {"no meaning for local projects", "--report", "--force", "--yes",
                             "--profile", "--interval", "--resync"}) {
        CAPTURE(part);
        CHECK(contains(outcome.err, part));
    }
    CHECK(contains(outcome.out, "Synced 0 files"));
    CHECK(shell.run({"sync"}).err.empty());
    for (const auto& [flag, value] : {std::pair{"--profile", "zzz"},
                                      {"--interval", "abc"},
                                      {"--interval", "0"},
                                      {"--interval", "1.5"}}) {
        CAPTURE(value);
        outcome = shell.run({"sync", flag, value});
        CHECK(outcome.code == 2);
        CHECK(contains(outcome.err, flag));
        CHECK(contains(outcome.err, value));
    }
}

TEST_CASE("the files of a project are listed with their sizes") {
    Shell shell;
    CHECK(shell.run({"project", "ls", "--name", "main"}).out == "No files found in main\n");
    shell.folder().write("notes/a.md", "12345");
    shell.folder().write("notes/docs/b.txt", "1");
    shell.folder().write("notes/docs/deep/c.md", "");
    auto outcome = shell.run({"project", "ls", "--name", "main"});
    CHECK(outcome.code == 0);
    CHECK(outcome.out ==
          "Files in main:\n           5 a.md\n           1 docs/b.txt\n           0 "
          "docs/deep/c.md\nTotal: 3 files\n");
    const std::string below =
        "Files in main/docs:\n           1 docs/b.txt\n           0 docs/deep/c.md\nTotal: 2 "
        "files\n";
    CHECK(shell.run({"project", "ls", "--name", "main", "docs"}).out == below);
    CHECK(shell.run({"project", "ls", "--name", "main", "--path", "docs/"}).out == below);
    CHECK(shell.run({"project", "ls", "--name", "main", "x"}).out == "No files found in main/x\n");
    for (const char* outside : {"../data", "/etc", "docs/../../data"}) {
        CAPTURE(outside);
        outcome = shell.run({"project", "ls", "--name", "main", outside});
        CHECK(outcome.code == 1);
        CHECK(contains(outcome.err, "Path must stay within the project root"));
    }
    CHECK(shell.run({"project", "ls", "--name", "x"}).err == "No project found named: x\n");
}

TEST_CASE("a note with its frontmatter is printed byte for byte") {
    Shell shell;
    const std::string bytes = "---\ntitle: Raw\n---\n\nno line end";
    shell.folder().write("notes/Raw.md", bytes);
    CHECK(shell.run({"tool", "read-note", "Raw", "--plain", "--frontmatter"}).out == bytes);
    CHECK(shell.run({"tool", "read-note", "Raw", "--plain"}).out == "no line end\n");
}

TEST_CASE("a note that is not there is an answer in every form") {
    Shell shell;
    for (const char* form : {"--json", "--plain", "--text"}) {
        CAPTURE(form);
        CHECK(shell.run({"tool", "read-note", "missing", form}).code == 0);
        CHECK(shell.run({"tool", "read-note", "../missing", form}).code == 1);
    }
}

TEST_CASE("moves stand behind the other counts and a reindex counts what it has read") {
    Shell shell;
    shell.folder().write("notes/a.md", "text of its own");
    shell.folder().write("notes/b.md", "other text");
    shell.run({"sync"});
    std::filesystem::rename(shell.folder().path() / "notes/a.md",
                            shell.folder().path() / "notes/c.md");
    CHECK(shell.run({"sync"}).out ==
          "main: Synced 1 files (new: 0, modified: 0, deleted: 0), moved: 1\n");
    CHECK(contains(shell.run({"reindex"}).out,
                   "main: Reindexed 2 files (new: 0, modified: 0, deleted: 0)\n"));
}

TEST_CASE("recent activity without a project is that of the default one") {
    Shell shell;
    shell.run({"project", "add", "other", (shell.folder().path() / "other").string()});
    shell.run({"tool", "write-note", "--title", "Here", "--folder", "d", "--content", "x"});
    const auto outcome = shell.run({"tool", "recent-activity", "--text"});
    CHECK(contains(outcome.out, "## Recent Activity: main (7d)"));
    CHECK(contains(outcome.out, "Here"));
}

TEST_CASE("the data directory is no place for notes") {
    Shell shell;
    for (const char* place : {"data", "data/notes"}) {
        CAPTURE(place);
        const auto outcome =
            shell.run({"project", "add", "own", (shell.folder().path() / place).string()});
        CHECK(outcome.code == 1);
        CHECK(contains(outcome.err, "settings and index are kept in"));
    }
}

TEST_CASE("output that could not be written makes a command fail") {
    Shell shell;
    shell.lose_output("No space left on device");
    auto outcome = shell.run({"project", "list"});
    CHECK(outcome.code == 1);
    CHECK(outcome.err == "Error: the output could not be written: No space left on device\n");
    outcome = shell.run({"nonsense"});
    CHECK(outcome.code == 2);
}

TEST_CASE("the environment routes commands like the flags do and the flags win") {
    Shell shell;
    shell.set("BASIC_MEMORY_FORCE_CLOUD", "yes");
    auto outcome = shell.run({"project", "list"});
    CHECK(outcome.code == 1);
    CHECK(contains(outcome.err, "Not authenticated. Please run 'bm cloud login' first."));
    CHECK(shell.run({"project", "list", "--local"}).code == 0);
    shell.set("BASIC_MEMORY_FORCE_LOCAL", "1");
    CHECK(shell.run({"project", "list"}).code == 0);
    CHECK(shell.run({"project", "list", "--cloud"}).code == 1);
    shell.set("BASIC_MEMORY_FORCE_LOCAL", "0");
    shell.set("BASIC_MEMORY_FORCE_CLOUD", "no");
    CHECK(shell.run({"project", "list"}).code == 0);
}

TEST_CASE("waiting for nothing to be pending ends with its time") {
    Shell shell;
    shell.folder().write("notes/a.md", "x");
    const auto outcome = shell.run({"status", "--wait", "--timeout", "0"});
    CHECK(outcome.code == 1);
    CHECK(outcome.err == "Timed out after 0s\n");
}

TEST_CASE("embeddings are not built where nothing compares meanings") {
    Shell shell;
    auto outcome = shell.run({"reindex", "--embeddings"});
    CHECK(outcome.code == 0);
    CHECK(contains(outcome.err, "semantic search is off"));
    CHECK(outcome.out.empty());
    outcome = shell.run({"reindex", "-e", "-s"});
    CHECK(contains(outcome.err, "semantic search is off"));
    CHECK(contains(outcome.out, "Reindex complete!"));
}

void write_notes(const Shell& shell, int count) {
    for (int i = 0; i < count; ++i) {
        shell.folder().write("notes/n" + std::to_string(i) + ".md",
                             "the river has water and fish " + std::to_string(i));
    }
}

TEST_CASE("13.1 item 87: a project without notes is said to be empty") {
    Shell shell;
    shell.set("BASIC_MEMORY_SEMANTIC_SEARCH_ENABLED", "true");
    auto outcome = shell.run({"reindex", "--embeddings"});
    CHECK(outcome.code == 0);
    CHECK(contains(outcome.out, "Project 'main' is empty: there is nothing to embed."));
    CHECK_FALSE(contains(outcome.out, "0 of 0"));
}

TEST_CASE("embeddings are built of enough notes without being configured") {
    Shell shell;
    write_notes(shell, 50);
    shell.run({"sync"});
    const auto outcome = shell.run({"reindex", "--embeddings"});
    CAPTURE(outcome.err);
    CHECK(outcome.code == 0);
    CHECK(contains(outcome.out, "Embeddings of 'main': 50 of 50 files"));
}

TEST_CASE("13.1 item 87: embeddings that are not all there are a failure") {
    Shell shell;
    shell.set("BASIC_MEMORY_SEMANTIC_SEARCH_ENABLED", "true");
    write_notes(shell, 3);
    shell.run({"sync"});
    // Its row is still there, and what it says cannot be read.
    const auto away = shell.folder().path() / "notes/n1.md";
    std::filesystem::remove(away);
    std::filesystem::create_directory(away);
    const auto outcome = shell.run({"reindex", "--embeddings"});
    CHECK(outcome.code == 1);
    CHECK(contains(outcome.err, "Only 2 of 3 files of 'main' have their embeddings"));
    CHECK_FALSE(contains(outcome.out, "Reindex complete!"));
}

TEST_CASE("project info has tables of what stands apart and of the kinds of notes") {
    Shell shell;
    shell.folder().write("notes/a.md", "---\ntype: guide\n---\n- knows [[B]]");
    shell.folder().write("notes/alone.md", "x");
    shell.run({"sync"});
    const auto out = shell.run({"project", "info", "main"}).out;
    CHECK(contains(out, "Isolated Entities"));
    CHECK(contains(out, "Entity Types\n"));
    CHECK(contains(out, "guide"));
}

TEST_CASE("tools answer in text for those who are used to it") {
    Shell shell;
    shell.set("BASIC_MEMORY_CLI_COMPAT", "0.17");
    const std::vector<std::string> write{"tool",     "write-note", "--title",   "N",
                                         "--folder", "d",          "--content", "x"};
    CHECK(shell.run(write).out.starts_with("# Created note\n"));
    CHECK(shell.run({"tool", "read-note", "N", "--json"}).out.starts_with("{"));
}

TEST_CASE("a tool takes a project by its id, which wins over its name") {
    Shell shell;
    shell.run({"project", "add", "other", (shell.folder().path() / "other").string()});
    const auto projects = json::parse(shell.run({"project", "list", "--json"}).out)["projects"];
    const auto id = projects[1]["external_id"].get<std::string>();
    const auto outcome = shell.run({"tool", "write-note", "--title", "N", "--folder", "d",
                                    "--content", "x", "--project", "main", "--project-id", id});
    CAPTURE(outcome.err);
    CHECK(outcome.code == 0);
    CHECK(std::filesystem::exists(shell.folder().path() / "other/d/N.md"));
}

TEST_CASE("workspaces are listed on the command line") {
    Shell shell;
    const auto object = json::parse(shell.run({"tool", "list-workspaces"}).out);
    CHECK(object["count"] == 1);
    CHECK(object["workspaces"].size() == 1);
}

}  // namespace
}  // namespace bm
