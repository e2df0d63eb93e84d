#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include "tests/cli/shell.hpp"

namespace bm {
namespace {

using nlohmann::json;
using test::contains;
using test::Shell;

TEST_CASE("earlier versions are listed and brought back") {
    Shell shell;
    const auto write = [&shell](const char* text) {
        shell.run({"tool", "write-note", "--title", "Log", "--folder", "d", "--content", text});
    };
    write("first");
    CHECK(contains(shell.run({"history", "d/log"}).out, "No earlier version is kept"));
    write("second");
    auto outcome = shell.run({"history", "Log"});
    CHECK(outcome.code == 0);
    CHECK(outcome.out.starts_with("d/Log.md\n"));
    const auto object = json::parse(shell.run({"history", "d/log", "--json"}).out);
    const auto id = object["versions"][0]["id"].get<std::string>();
    CHECK(contains(outcome.out, id));
    CHECK(contains(outcome.out, "replaced"));
    outcome = shell.run({"restore", "d/log", "--at", id});
    CHECK(outcome.code == 0);
    CHECK(outcome.out.starts_with("d/Log.md is version " + id + " again (replaced just now, "));
    CHECK(shell.folder().read("notes/d/Log.md").ends_with("first"));
    CHECK(contains(shell.run({"tool", "restore-note", "Log", "--text"}).out, "# Restored note"));
    CHECK(shell.folder().read("notes/d/Log.md").ends_with("second"));
    CHECK(contains(shell.run({"tool", "note-history", "Log", "--text"}).out, "# History of Log"));
}

TEST_CASE("a deleted note is brought back from the shell") {
    Shell shell;
    shell.run({"tool", "write-note", "--title", "Log", "--folder", "d", "--content", "text"});
    const std::string bytes = shell.folder().read("notes/d/Log.md");
    shell.run({"tool", "delete-note", "d/log"});
    CHECK(shell.run({"history", "Log"}).out.starts_with("d/Log.md (deleted)\n"));
    const auto outcome = shell.run({"restore", "Log"});
    CHECK(outcome.code == 0);
    CHECK(outcome.out.ends_with("It had been deleted.\n"));
    CHECK(shell.folder().read("notes/d/Log.md") == bytes);
}

TEST_CASE("commands about the history say what is wrong in one sentence") {
    Shell shell;
    for (const std::vector<std::string>& words :
         {std::vector<std::string>{"history", "Nobody"}, {"restore", "Nobody"}}) {
        const auto outcome = shell.run(words);
        CHECK(outcome.code == 1);
        CHECK(outcome.out.empty());
        CHECK(outcome.err ==
              "Error: No note of project 'main' is or was called 'Nobody', as far as the history "
              "goes back\n");
    }
    CHECK(shell.run({"history", "x", "--project", "nowhere"}).err ==
          "No project found named: nowhere\n");
    CHECK(shell.run({"history"}).code == 2);
    CHECK(shell.run({"history", "--prune", "--stats"}).code == 2);
    for (const std::string option : {"--stats", "--prune"}) {
        const auto outcome = shell.run({"history", "x", option});
        CHECK(outcome.code == 2);
        CHECK(outcome.err ==
              "Error: " + option + " is about the history of all notes. Leave \"x\" out.\n");
    }
    CHECK(shell.run({"restore"}).code == 2);
    CHECK(contains(shell.run({"history", "--help"}).out, "history_max_age_days"));
    CHECK(contains(shell.run({"restore", "--help"}).out, "2 hours ago"));
}

TEST_CASE("the history tells its size and is pruned on demand") {
    Shell shell;
    CHECK(contains(shell.run({"history", "--stats"}).out, "0 versions, 0 B in "));
    for (const char* text : {"first", "second", "third"}) {
        shell.run({"tool", "write-note", "--title", "Log", "--folder", "d", "--content", text});
    }
    CHECK(contains(shell.run({"history", "--stats"}).out, "3 versions, "));
    CHECK(contains(shell.run({"history", "--stats"}).out, "Kept for 90 days, at most 500 MB\n"));
    CHECK(shell.run({"history", "--prune"}).out == "Removed 0 versions, 0 B\n");
    const auto stats = nlohmann::json::parse(shell.run({"history", "--stats", "--json"}).out);
    CHECK(stats["versions"] == 3);
    CHECK(stats["max_age_days"] == 90);
    CHECK(stats["enabled"] == true);
    const auto pruned = nlohmann::json::parse(shell.run({"history", "--prune", "--json"}).out);
    CHECK(pruned["bytes"] == 0);
}

}  // namespace
}  // namespace bm
