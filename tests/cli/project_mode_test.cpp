#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include "tests/cli/shell.hpp"

using namespace bm::test;

namespace {

using Json = nlohmann::json;

Json config_of(const Shell& shell) { return Json::parse(shell.folder().read("data/config.json")); }

}  // namespace

TEST_CASE("set-cloud takes a project to the cloud, and set-local brings it back") {
    Shell shell;
    const std::string notes = (shell.folder().path() / "notes").string();
    const std::string work = (shell.folder().path() / "work").string();
    REQUIRE(shell.run({"project", "add", "work", work}).code == 0);
    shell.folder().write("work/n.md", "# N\n");
    auto outcome = shell.run({"project", "set-cloud", "work"});
    CHECK(outcome.code == 1);
    CHECK(outcome.err ==
          "Error: No cloud credentials found\nRun: bm cloud login, or bm cloud api-key save KEY\n");
    shell.set("BASIC_MEMORY_CLOUD_API_KEY", "bmc_key");
    outcome = shell.run({"project", "set-cloud", "nobody"});
    CHECK(outcome.code == 1);
    CHECK(outcome.err == "Error: Project 'nobody' not found in config\n");
    CHECK(shell.run({"project", "set-cloud", "work", "--workspace", "team"}).err ==
          "Error: Workspace 'team' not found\n");

    outcome = shell.run({"project", "set-cloud", "work", "--workspace", "personal"});
    CHECK(outcome.code == 0);
    CHECK(outcome.out ==
          "Project 'work' set to cloud mode\nNote: Local files remain at " + work + "\n");
    CHECK(config_of(shell)["projects"]["work"] == Json{{"path", work}, {"mode", "cloud"}});
    CHECK(config_of(shell)["projects"]["main"] == notes);
    CHECK(shell.folder().read("work/n.md") == "# N\n");
    CHECK(contains(shell.run({"project", "list"}).out, "(cloud only)"));
    CHECK(shell.run({"project", "set-cloud", "work"}).code == 0);

    outcome = shell.run({"project", "set-local", "work"});
    CHECK(outcome.code == 0);
    CHECK(outcome.out == "Project 'work' set to local mode\nPath: " + work + "\n");
    CHECK(config_of(shell)["projects"]["work"] == Json{{"path", work}, {"mode", "local"}});
    CHECK_FALSE(contains(shell.run({"project", "list"}).out, "(cloud only)"));
    CHECK(contains(shell.run({"project", "ls", "--name", "work"}).out, "n.md"));
}

TEST_CASE("set-local needs a folder, makes none, and takes none that another project has") {
    Shell shell;
    const std::string notes = (shell.folder().path() / "notes").string();
    const std::string other = (shell.folder().path() / "other").string();
    shell.folder().write("data/config.json", R"({"projects": {"main": ")" + notes +
                                                 R"(", "far": {"path": "far", "mode": "cloud"}}})");
    auto outcome = shell.run({"project", "set-local", "far"});
    CHECK(outcome.code == 1);
    CHECK(contains(outcome.err, "Error: --local-path is required for 'far'"));
    outcome = shell.run({"project", "set-local", "far", "--local-path", notes + "/in"});
    CHECK(outcome.code == 1);
    CHECK(contains(outcome.err, "nested within existing project 'main'"));
    CHECK(config_of(shell)["projects"]["far"]["mode"] == "cloud");
    outcome = shell.run({"project", "set-local", "far", "--local-path", other});
    CHECK(outcome.code == 0);
    CHECK(config_of(shell)["projects"]["far"] == Json{{"path", other}, {"mode", "local"}});
    CHECK_FALSE(std::filesystem::exists(other));
}
