#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include "tests/cli/shell.hpp"

namespace bm {
namespace {

using nlohmann::json;
using test::contains;
using test::Shell;

TEST_CASE("projects are added and listed and made default and removed") {
    Shell shell;
    const std::string path = (shell.folder().path() / "research").string();
    CHECK(shell.run({"project", "add", "research"}).err ==
          "Error: path argument is required in local mode\n");
    auto outcome = shell.run({"project", "add", "research", path});
    CHECK(outcome.code == 0);
    CHECK(outcome.out == "Project 'research' added successfully\n");
    CHECK(shell.run({"project", "add", "research", path}).out ==
          "Project 'research' already exists\n");
    outcome = shell.run({"project", "list"});
    CHECK(contains(outcome.out, "Basic Memory Projects\n"));
    CHECK(contains(outcome.out, "research  ~/research"));
    CHECK(json::parse(shell.run({"project", "list", "--json"}).out)["projects"].size() == 2);
    CHECK(shell.run({"project", "default", "research"}).out ==
          "Project 'research' set as default successfully\n");
    outcome = shell.run({"project", "remove", "research"});
    CHECK(outcome.code == 1);
    CHECK(
        contains(outcome.err, "Error removing project: Cannot delete default project 'research'."));
    CHECK(shell.run({"project", "default", "main"}).code == 0);
    outcome = shell.run({"project", "rm", "research"});
    CHECK(contains(outcome.out, "Project 'research' removed successfully\n"));
    CHECK(contains(outcome.out, "Note: Local files remain at " + path));
    CHECK(std::filesystem::exists(path));
    shell.folder().write("notes/a.md", "# A\n");
    CHECK(contains(shell.run({"project", "move", "main", path}).out,
                   "Manual File Movement Required"));
}

TEST_CASE("removing a project with its notes never empties a precious folder") {
    Shell shell;
    shell.folder().write("keep.txt", "x");
    shell.folder().write("data/config.json",
                         R"({"projects": {"main": ")" + (shell.folder().path() / "notes").string() +
                             R"(", "home": ")" + shell.folder().path().string() + R"("}})");
    const auto outcome = shell.run({"project", "remove", "home", "--delete-notes", "--yes"});
    CHECK(outcome.code == 1);
    CHECK(contains(outcome.err, "will not delete"));
    CHECK(shell.folder().read("keep.txt") == "x");
}

TEST_CASE("13.1 item 104: a project whose configured path is not absolute is skipped and listed") {
    Shell shell;
    shell.run({"project", "list"});
    json settings = json::parse(shell.folder().read("data/config.json"));
    settings["projects"]["odd"] = "relative/path";
    settings["projects"]["none"] = "";
    shell.folder().write("data/config.json", settings.dump());
    const auto listed = shell.run({"project", "list"});
    CHECK(listed.code == 0);
    CHECK(contains(listed.out, "odd"));
    CHECK(contains(listed.out, "(no absolute path: skipped)"));
    const json all = json::parse(shell.run({"project", "list", "--json"}).out)["projects"];
    REQUIRE(all.size() == 3);
    CHECK(all[1]["local_path"].is_null());
    CHECK(shell.run({"sync", "--all"}).code == 0);
    CHECK_FALSE(std::filesystem::exists("relative/path"));
    CHECK(contains(shell.folder().read("data/basic-memory.log"), "project 'odd' is skipped"));
    const std::string path = (shell.folder().path() / "odd").string();
    CHECK(shell.run({"project", "add", "odd", path}).code == 0);
    CHECK(contains(shell.run({"project", "list"}).out, "/odd"));
}

TEST_CASE("a project that the environment names is neither added nor removed on disk") {
    Shell shell;
    const std::string path = (shell.folder().path() / "new").string();
    shell.set("BASIC_MEMORY_PROJECTS",
              json{{"main", (shell.folder().path() / "notes").string()}}.dump());
    const auto outcome = shell.run({"project", "add", "new", path});
    CHECK(outcome.code == 1);
    CHECK(contains(outcome.err, "BASIC_MEMORY_PROJECTS"));
    CHECK_FALSE(std::filesystem::exists(path));
    CHECK_FALSE(contains(shell.folder().read("data/config.json"), "new"));
}

}  // namespace
}  // namespace bm
