#include <doctest/doctest.h>

#include "tests/cli/shell.hpp"

using namespace bm::test;

TEST_CASE("sync commands have both spellings, below project and below cloud") {
    Shell shell;
    const std::vector<std::vector<std::string>> known{
        {"cloud", "sync", "--name", "x"},
        {"cloud", "sync", "--project", "x", "--dry-run"},
        {"cloud", "bisync", "--name", "x", "--resync"},
        {"cloud", "bisync", "--all"},
        {"cloud", "bisync"},
        {"cloud", "check", "--project", "x", "--one-way"},
        {"cloud", "check"},
        {"cloud", "copy", "--name", "x", "a.md", "b.md"},
        {"cloud", "bisync-reset", "--name", "x"},
        {"cloud", "bisync-reset", "x"},
        {"cloud", "bisync-reset", "--space"},
        {"cloud", "sync-setup", "x", "/tmp/x"},
        {"cloud", "sync-setup", "--name", "x", "/tmp/x"},
        {"cloud", "ls", "--name", "x", "folder"},
        {"cloud", "ls", "--project", "x", "--path", "folder"},
        {"project", "bisync", "--project", "x"},
        {"project", "bisync-reset", "--name", "x"},
    };
    for (const auto& words : known) {
        const auto outcome = shell.run(words);
        CAPTURE(outcome.err);
        CHECK(outcome.code == 1);
        CHECK(contains(outcome.err, "Cloud mode is off."));
    }
}

TEST_CASE("what is of the space only goes with no project") {
    Shell shell;
    CHECK(shell.run({"cloud", "bisync", "--name", "x", "--watch"}).code == 2);
    CHECK(shell.run({"cloud", "bisync", "--all", "--dir", "/tmp/x"}).code == 2);
    CHECK(shell.run({"cloud", "bisync-reset", "--name", "x", "--space"}).code == 2);
    CHECK(shell.run({"cloud", "ls"}).code == 2);
    CHECK(shell.run({"cloud", "copy", "a", "b"}).code == 2);
}
