#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include "tests/cli/logged_in_shell.hpp"

using namespace bm::test;

namespace {

using Words = std::vector<std::string>;

}  // namespace

TEST_CASE("sync commands of a project have both spellings, and both mean the same") {
    LoggedInShell shell("/no/rclone");
    shell.device().host.known = {{"p", "id-p", "p", false}};
    for (const Words& words : std::vector<Words>{{"sync"},
                                                 {"bisync", "--resync"},
                                                 {"bisync", "--dry-run", "--profile", "safe"},
                                                 {"check", "--one-way"}}) {
        for (const char* name : {"--name", "--project"}) {
            Words below_project{"project", words[0], name, "p"};
            below_project.insert(below_project.end(), words.begin() + 1, words.end());
            Words below_cloud = below_project;
            below_cloud[0] = "cloud";
            const auto one = shell.run(below_project);
            const auto other = shell.run(below_cloud);
            CAPTURE(words[0]);
            CHECK(other.code == 1);
            CHECK(other.err.starts_with("Error: "));
            CHECK(other.err == one.err);
            CHECK(other.out == one.out);
        }
    }
    for (const char* group : {"project", "cloud"}) {
        CAPTURE(group);
        CHECK(
            contains(shell.run({group, "sync", "--all"}).out, "0 succeeded, 0 failed, 1 skipped"));
        CHECK(contains(shell.run({group, "copy", "--project", "p", "../a.md", "b.md"}).err,
                       "Path must stay inside the project"));
        CHECK(contains(shell.run({group, "ls", "--name", "p", "../x"}).err, "Error: "));
        for (const Words& words :
             std::vector<Words>{{"q"}, {"--name", "q"}, {"--project", "q"}, {"--project=q"}}) {
            Words reset{group, "bisync-reset"};
            reset.insert(reset.end(), words.begin(), words.end());
            CHECK(shell.run(reset).out == "No bisync state found for project 'q'\n");
            Words setup{group, "sync-setup"};
            setup.insert(setup.end(), words.begin(), words.end());
            setup.emplace_back("/tmp/x");
            CHECK(contains(shell.run(setup).err, "Error: Project 'q' not found on cloud"));
        }
    }
}

TEST_CASE("without a project bisync, check and bisync-reset of cloud mean the space") {
    LoggedInShell shell("/no/rclone");
    CHECK(contains(shell.run({"cloud", "bisync", "--resync"}).err, "rclone not found"));
    CHECK(contains(shell.run({"cloud", "check"}).err, "rclone not found"));
    for (const Words& words :
         std::vector<Words>{{"cloud", "bisync-reset"}, {"cloud", "bisync-reset", "--space"}}) {
        const auto outcome = shell.run(words);
        CHECK(outcome.code == 0);
        CHECK_FALSE(contains(outcome.out, "project"));
    }
    const auto all = nlohmann::json::parse(shell.run({"cloud", "check", "--all", "--json"}).out);
    CHECK(all["results"].empty());
}

TEST_CASE("what is of the space only goes with no project") {
    LoggedInShell shell("/no/rclone");
    for (const Words& words : std::vector<Words>{{"--name", "x", "--watch"},
                                                 {"--project", "x", "--interval", "5"},
                                                 {"--all", "--dir", "/tmp/x"},
                                                 {"--all", "--report"},
                                                 {"--all", "--name", "x"}}) {
        Words bisync{"cloud", "bisync"};
        bisync.insert(bisync.end(), words.begin(), words.end());
        CHECK(shell.run(bisync).code == 2);
    }
    CHECK(shell.run({"cloud", "bisync-reset", "--name", "x", "--space"}).code == 2);
    CHECK(shell.run({"cloud", "sync"}).code == 2);
    for (const char* verb : {"push", "pull", "prune"}) {
        CAPTURE(verb);
        CHECK(shell.run({"cloud", verb}).code == 2);
        const auto unknown = shell.run({"cloud", verb, "--project", "q"});
        CHECK(unknown.code == 1);
    }
    CHECK(shell.run({"cloud", "push", "--name", "x", "--on-conflict", "newer"}).code == 2);
    CHECK(shell.run({"cloud", "ls"}).code == 2);
    // A name that a script left empty is no wish for the space.
    for (const Words& words : std::vector<Words>{{"cloud", "bisync", "--name", "", "--json"},
                                                 {"cloud", "check", "--project", "", "--json"},
                                                 {"project", "bisync", "--name", "", "--json"},
                                                 {"project", "sync", "--name", "", "--json"}}) {
        CAPTURE(words[1]);
        const auto outcome = shell.run(words);
        CHECK(outcome.code != 0);
        const auto report = nlohmann::json::parse(outcome.out);
        CHECK(report["ok"] == false);
        CHECK(report["scope"] == "project");
    }
    for (const Words& words : std::vector<Words>{{"cloud", "bisync-reset", "--name", ""},
                                                 {"cloud", "bisync-reset", ""}}) {
        const auto outcome = shell.run(words);
        CHECK(outcome.code == 2);
        CHECK(outcome.err == "Error: Name a project.\n");
    }
    CHECK(shell.run({"cloud", "copy", "a", "b"}).code == 2);
}
