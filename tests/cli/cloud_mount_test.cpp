#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include "tests/cli/logged_in_shell.hpp"

using namespace bm::test;

TEST_CASE("9-511: the mount point cannot be chosen, and profiles have names") {
    Shell shell;
    const auto outcome = shell.run({"cloud", "mount", "--mount-point", "/tmp/x"});
    CHECK(outcome.code == 2);
    CHECK(outcome.err == "Error: The mount point is fixed (~/basic-memory-cloud)\n");
    CHECK(shell.run({"cloud", "mount", "--profile", "zzz"}).code == 2);
    CHECK(contains(shell.run({"cloud", "mount"}).err, "Cloud mode is off."));
}

TEST_CASE("unmounting works without a host, and where nothing is mounted") {
    Shell shell;
    const auto outcome = shell.run({"cloud", "unmount"});
    CHECK(outcome.code == 0);
    CHECK(outcome.out == "Not mounted\n");
}

TEST_CASE("the state of a mount is told without a host, in words and in JSON") {
    LoggedInShell shell("/no/rclone");
    const auto point = shell.device().config.settings.mount_point.string();
    const auto status = shell.run({"cloud", "mount-status"});
    CHECK(status.code == 0);
    for (const char* part : {"Cloud Mount Status", "Not mounted", "basic-memory-cloud:", "none"})
        CHECK(contains(status.out, part));
    const auto object = nlohmann::json::parse(shell.run({"cloud", "mount-status", "--json"}).out);
    CHECK(object["mounted"] == false);
    CHECK(object["mount_path"] == point);
    CHECK(object["process_ids"].empty());
    CHECK(object["profiles"].size() == 3);
}
