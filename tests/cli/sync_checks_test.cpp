#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include "tests/cli/logged_in_shell.hpp"

using namespace bm::test;

TEST_CASE("1.10: doctor --sync tells what syncs lack, and how to mend it") {
    LoggedInShell shell("/no/rclone");
    CHECK(contains(shell.run({"doctor"}).err, "'doctor' works on local projects only"));
    auto outcome = shell.run({"doctor", "--sync"});
    CHECK(outcome.code == 1);
    CHECK(contains(outcome.out, "! rclone: rclone not found"));
    CHECK(contains(outcome.out, "  Run: bm cloud setup"));
    CHECK(contains(outcome.out, "OK The host answers, and has 0 project(s)"));
    CHECK(contains(outcome.err, "Doctor failed: 1 problem with syncing"));
    auto& settings = shell.device().config.settings;
    settings.attached = {{"p", settings.sync_dir / "inner"}, {"q", settings.home / "gone"}};
    const auto object = nlohmann::json::parse(shell.run({"doctor", "--sync", "--json"}).out);
    CHECK(object["healthy"] == false);
    std::string all;
    for (const auto& check : object["sync"]) {
        CHECK(check["ok"].is_boolean());
        all += check["text"].get<std::string>() + "\n" + check["fix"].get<std::string>() + "\n";
    }
    CHECK(contains(all, "p: " + settings.sync_dir.string() + "/inner overlaps"));
    CHECK(contains(all, "q: the folder " + (settings.home / "gone").string() + " does not exist"));
    CHECK(contains(all, "bm project sync-setup q NEWPATH"));
    CHECK(contains(all, "Run: bm project bisync --name q --resync"));
}

TEST_CASE("1.10: doctor --sync is content with a space in step, and names what was left behind") {
    const auto rclone = real_rclone();
    if (!rclone) return;
    LoggedInShell shell(*rclone);
    shell.device().write("p/a.md", "a");
    REQUIRE(shell.run({"cloud", "bisync", "--resync"}).code == 0);
    auto outcome = shell.run({"doctor", "--sync"});
    CHECK(outcome.code == 0);
    CHECK(contains(outcome.out, "OK rclone "));
    CHECK(contains(outcome.out, "OK The storage at "));
    CHECK(contains(outcome.out, "OK space: the state in "));
    CHECK(contains(outcome.out, "Doctor checks passed."));
    shell.device().write("p/b.md.1a2b3c4d.partial", "half");
    outcome = shell.run({"doctor", "--sync"});
    CHECK(outcome.code == 1);
    CHECK(contains(outcome.out, "1 unfinished file(s)"));
    CHECK(contains(outcome.out, "b.md.1a2b3c4d.partial"));
}
