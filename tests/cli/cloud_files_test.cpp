#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include "tests/cli/shell.hpp"

using namespace bm::test;

TEST_CASE("an upload says what is missing before it asks anybody") {
    Shell shell;
    auto outcome = shell.run({"cloud", "upload", "/no/such/folder", "-p", "x"});
    CHECK(outcome.code == 2);
    CHECK(contains(outcome.err, "/no/such/folder"));
    CHECK(shell.run({"cloud", "upload", "/tmp"}).code == 2);
    outcome = shell.run({"cloud", "upload", (shell.folder().path() / "notes").string(), "--project",
                         "x", "--no-sync", "--dry-run"});
    CHECK(outcome.code == 1);
    CHECK(contains(outcome.err, "Cloud mode is off."));
}

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
