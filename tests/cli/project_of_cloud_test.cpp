#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include "cloud/sync_report.hpp"
#include "tests/cli/logged_in_shell.hpp"

namespace bm::test {
namespace {

using nlohmann::json;
using Words = std::vector<std::string>;

/// A shell with a project in the cloud, `p`.
struct ProjectInCloud : LoggedInShell {
    ProjectInCloud() : LoggedInShell("/no/rclone") {
        device().host.known = {{"p", "id-p", "p", false}};
    }
    void keep(const std::string& project, const std::string& stamp) {
        CloudReport report;
        report.is_space = project.empty();
        report.project = project;
        report.actions.uploaded = {"of " + report.title() + ".md"};
        keep_in_history(device().config.settings.histories(), report, stamp, 100);
    }
};

TEST_CASE("a sync of one project in the cloud watches nothing, and says so") {
    ProjectInCloud shell;
    for (const Words& words : std::vector<Words>{{"sync", "--project", "p", "--watch"},
                                                 {"sync", "--project", "p", "--watch", "--json"}}) {
        const auto outcome = shell.run(words);
        CHECK(outcome.code == 2);
        CHECK_FALSE(contains(outcome.out, "Indexing"));
        CHECK(contains(outcome.out + outcome.err, "--watch keeps the whole space in step"));
    }
}

TEST_CASE("a dry run of a project that lives in the space asks the host for nothing") {
    ProjectInCloud shell;
    auto outcome = shell.run({"sync", "--project", "p", "--dry-run"});
    CHECK(outcome.code == 0);
    CHECK(contains(outcome.out, "DRY RUN MODE"));
    CHECK(contains(outcome.out, "would index 'p'"));
    CHECK_FALSE(contains(outcome.out, "has started"));
    outcome = shell.run({"sync", "--project", "p", "--dry-run", "--json"});
    CHECK(json::parse(outcome.out)["dry_run"] == true);
    CHECK(contains(shell.run({"sync", "--project", "p"}).out, "has started on the host"));
}

TEST_CASE("the last reports are one object for scripts, and sentences for people") {
    ProjectInCloud shell;
    CHECK(json::parse(shell.run({"sync", "--report", "--json"}).out) ==
          json{{"ok", true}, {"results", json::array()}});
    CHECK(contains(shell.run({"sync", "--report"}).out, "No run has changed anything"));
    shell.keep("", "20261130T220000.000001Z");
    shell.keep("p", "20261130T220100.000001Z");
    shell.keep("q", "20261130T220200.000001Z");
    const auto all = json::parse(shell.run({"sync", "--report", "--json"}).out);
    CHECK(all["ok"] == true);
    CHECK(all["results"].size() == 3);
    const auto told = shell.run({"cloud", "bisync", "--report"}).out;
    CHECK(contains(told, "The space, 2026-11-30 22:00 UTC: 1 file uploaded\n"));
    CHECK(contains(told, "Project 'q', 2026-11-30 22:02 UTC: 1 file uploaded\n"));
    CHECK(contains(told, "↑ of q.md"));
    CHECK_FALSE(contains(told, "{"));
}

TEST_CASE("the report of one project is its own, and syncs nothing") {
    ProjectInCloud shell;
    shell.keep("", "1");
    shell.keep("p", "2");
    const auto outcome = shell.run({"sync", "--project", "p", "--report", "--json"});
    CHECK(outcome.code == 0);
    const auto report = json::parse(outcome.out);
    REQUIRE(report["results"].size() == 1);
    CHECK(report["results"][0]["project"] == "p");
}

/// One project here and the default one, `cl`, which is used on the cloud.
void put_projects(Shell& shell) {
    const std::string home = shell.folder().path().string();
    shell.folder().write("data/config.json",
                         R"({"projects": {"My Notes": ")" + home + R"(/notes", "other": ")" + home +
                             R"(/other", "cl": {"mode": "cloud"}}, "default_project": "cl"})");
    shell.folder().write("other/path.md", "# Of another\n");
    shell.folder().write("notes/a.md", "# A\n");
    shell.set("BASIC_MEMORY_CLOUD_HOST", "http://127.0.0.1:9");
}

TEST_CASE("an id names its project, whatever the default one is, and that alone is looked into") {
    Shell shell;
    put_projects(shell);
    const auto projects = json::parse(shell.run({"project", "list", "--json"}).out)["projects"];
    std::string id;
    for (const auto& project : projects)
        if (project["name"] == "My Notes") id = project["external_id"].get<std::string>();
    REQUIRE_FALSE(id.empty());
    CHECK(shell.run({"inspect", "note", "a", "--project-id", id}).code == 0);
    CHECK(shell.run({"inspect", "query", "a", "--project-id", id}).code == 0);
    CHECK(shell.run({"inspect", "note", "other/path", "--project-id", id}).code == 1);
    CHECK(contains(shell.run({"inspect", "note", "a"}).err, "used on the cloud"));
}

TEST_CASE("a reindex knows its project before it judges what there is to do") {
    Shell shell;
    put_projects(shell);
    const auto unknown = shell.run({"reindex", "-e", "-p", "typo"});
    CHECK(unknown.code == 1);
    CHECK(contains(unknown.err, "Project 'typo' not found."));
    CHECK(shell.run({"reindex", "-p", "my-notes"}).code == 0);
}

}  // namespace
}  // namespace bm::test
