#include "repository/foreign_file.hpp"

#include <doctest/doctest.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/support/temporary_folder.hpp"

namespace bm {
namespace {

namespace fs = std::filesystem;

mode_t mode_at(const fs::path& path) {
    struct stat seen {};
    REQUIRE(::stat(path.c_str(), &seen) == 0);
    return seen.st_mode & 0777U;
}

TEST_CASE("a foreign file is replaced with its mode, and what it said stays beside it") {
    const test::TemporaryFolder folder;
    folder.write("a.json", "one");
    ::chmod((folder.path() / "a.json").c_str(), 0640);
    for (const auto& [text, backup] : std::vector<std::pair<std::string, std::string>>{
             {"two", "a.json.bm-backup"}, {"three", "a.json.bm-backup-2"}}) {
        const auto file = read_foreign_file(folder.path() / "a.json");
        REQUIRE(file);
        const auto kept = replace_foreign_file(*file, text);
        REQUIRE(kept);
        CHECK(*kept == folder.path() / backup);
        CHECK(folder.read(backup) == file->text);
        CHECK(mode_at(folder.path() / backup) == 0640);
        CHECK(folder.read("a.json") == text);
        CHECK(mode_at(folder.path() / "a.json") == 0640);
    }
    CHECK(folder.read("a.json.bm-backup") == "one");
}

TEST_CASE("a foreign file that is not there is made with its folders, for its owner alone") {
    const test::TemporaryFolder folder;
    const auto file = read_foreign_file(folder.path() / "x/y/a.json");
    REQUIRE(file);
    CHECK(file->text.empty());
    const auto kept = replace_foreign_file(*file, "new");
    REQUIRE(kept);
    CHECK(*kept == std::nullopt);
    CHECK(folder.read("x/y/a.json") == "new");
    CHECK(mode_at(folder.path() / "x/y/a.json") == 0600);
}

TEST_CASE("a symbolic link to a foreign file stays one") {
    const test::TemporaryFolder folder;
    folder.write("real/a.json", "one");
    fs::create_symlink(folder.path() / "real/a.json", folder.path() / "a.json");
    const auto file = read_foreign_file(folder.path() / "a.json");
    REQUIRE(file);
    REQUIRE(replace_foreign_file(*file, "two"));
    CHECK(fs::is_symlink(folder.path() / "a.json"));
    CHECK(folder.read("real/a.json") == "two");
    CHECK(folder.read("real/a.json.bm-backup") == "one");
}

TEST_CASE("what another program has written meanwhile is not replaced") {
    const test::TemporaryFolder folder;
    folder.write("a.json", "one");
    const auto file = read_foreign_file(folder.path() / "a.json");
    const auto absent = read_foreign_file(folder.path() / "b.json");
    REQUIRE((file && absent));
    folder.write("a.json", "theirs");
    folder.write("b.json", "theirs too");
    for (const auto* stale : {&*file, &*absent}) {
        const auto kept = replace_foreign_file(*stale, "ours");
        REQUIRE_FALSE(kept);
        CHECK(kept.error().fault == Fault::conflict);
    }
    CHECK(folder.read("a.json") == "theirs");
    CHECK(folder.read("b.json") == "theirs too");
}

TEST_CASE("a folder in the place of a foreign file is refused") {
    const test::TemporaryFolder folder;
    fs::create_directories(folder.path() / "a.json");
    CHECK_FALSE(read_foreign_file(folder.path() / "a.json"));
}

}  // namespace
}  // namespace bm
