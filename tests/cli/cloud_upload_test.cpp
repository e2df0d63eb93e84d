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
