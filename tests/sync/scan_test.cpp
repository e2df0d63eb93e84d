#include "sync/scan.hpp"

#include <algorithm>
#include <chrono>
#include <filesystem>

#include <doctest/doctest.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/support/ordinary_user.hpp"
#include "tests/support/temporary_folder.hpp"

namespace bm {
namespace {

const IgnoreRules kRules{IgnoreTexts{}};

/// Everything that a walk sees, in its order.
struct Seen {
    std::vector<SeenFile> files;
    ScanResult result;

    [[nodiscard]] std::vector<std::string> paths() const {
        std::vector<std::string> found;
        for (const auto& file : files) found.push_back(file.path.str());
        return found;
    }
};

Result<Seen> scan(const std::filesystem::path& folder) {
    Seen seen;
    return scan_folder(folder, kRules,
                       [&](SeenFile file) { seen.files.push_back(std::move(file)); })
        .map([&](ScanResult result) {
            seen.result = std::move(result);
            CHECK(seen.result.files == static_cast<std::int64_t>(seen.files.size()));
            return std::move(seen);
        });
}

TEST_CASE("a scan finds every file sorted by path and leaves ignored ones out") {
    const test::TemporaryFolder folder;
    for (const char* name : {"b.md", "a/z.md", "a/b/c.md", "a.md", ".hidden/x.md",
                             "node_modules/y.md", "x.tmp", "pic.png"}) {
        folder.write(name, "text");
    }
    const auto result = scan(folder.path());
    REQUIRE(result);
    CHECK(result->paths() ==
          std::vector<std::string>{"a.md", "a/b/c.md", "a/z.md", "b.md", "pic.png"});
    CHECK(result->files[0].stamp.size == 4);
    CHECK(result->files[0].stamp.inode != 0);
}

TEST_CASE("files come in byte order of their paths whatever folders are called") {
    const test::TemporaryFolder folder;
    for (const char* name : {"a/x.md", "a-b.md", "a.md", "a b/c.md", "a0.md", "ä/x.md", "Z.md",
                             "a/b/c.md", "a/b-c.md", "a/b.md"}) {
        folder.write(name, "text");
    }
    const auto result = scan(folder.path());
    REQUIRE(result);
    CHECK(result->paths() == std::vector<std::string>{"Z.md", "a b/c.md", "a-b.md", "a.md",
                                                      "a/b-c.md", "a/b.md", "a/b/c.md", "a/x.md",
                                                      "a0.md", "ä/x.md"});
}

TEST_CASE("13.1 item 98: names that a shell would read are only names") {
    const test::TemporaryFolder folder;
    for (const char* name :
         {"$(touch pwned).md", "a;b.md", "-rf.md", "new\nline.md", "'quote\".md", "`x`.md"}) {
        folder.write(name, "x");
    }
    const auto result = scan(folder.path());
    REQUIRE(result);
    CHECK(result->files.size() + result->result.bad_names.size() == 6);
    CHECK_FALSE(std::filesystem::exists("pwned"));
}

TEST_CASE(
    "unfinished files stay while their writer may be at work whatever the time of their text") {
    const test::TemporaryFolder folder;
    const std::string unfinished = "a/.bm-0b9c4f5e-63c1-4e0a-9d7b-8f1f5f0c2a11.tmp";
    folder.write(unfinished, "half");
    std::filesystem::last_write_time(
        folder.path() / unfinished,
        std::filesystem::file_time_type::clock::now() - std::chrono::hours(2));
    const auto result = scan(folder.path());
    REQUIRE(result);
    CHECK(result->files.empty());
    CHECK(std::filesystem::exists(folder.path() / unfinished));
}

TEST_CASE("a folder whose files may only be listed counts as unreadable") {
    const test::TemporaryFolder folder;
    folder.write("locked/a.md", "x");
    std::filesystem::permissions(folder.path() / "locked", std::filesystem::perms::owner_read);
    const auto result = [&] {
        const test::OrdinaryUser user;
        return scan(folder.path());
    }();
    std::filesystem::permissions(folder.path() / "locked", std::filesystem::perms::owner_all);
    REQUIRE(result);
    CHECK(result->result.unreadable_folders == std::vector<std::string>{"locked/"});
    CHECK(result->result.hindrances == Hindrances{{"locked/", "Permission denied"}});
}

TEST_CASE("symbolic links are not followed") {
    const test::TemporaryFolder folder;
    const test::TemporaryFolder outside;
    outside.write("secret.md", "x");
    folder.write("real.md", "x");
    std::filesystem::create_symlink(outside.path() / "secret.md", folder.path() / "link.md");
    std::filesystem::create_directory_symlink(outside.path(), folder.path() / "linked");
    std::filesystem::create_directory_symlink(folder.path(), folder.path() / "loop");
    const auto result = scan(folder.path());
    REQUIRE(result);
    CHECK(result->paths() == std::vector<std::string>{"real.md"});
}

TEST_CASE("a name that is not UTF-8 is reported and skipped") {
    const test::TemporaryFolder folder;
    folder.write("good.md", "x");
    folder.write("caf\xe9.md", "x");
    const auto result = scan(folder.path());
    REQUIRE(result);
    CHECK(result->files.size() == 1);
    REQUIRE(result->result.bad_names.size() == 1);
    CHECK(result->result.bad_names[0] == "caf\xef\xbf\xbd.md");
}

TEST_CASE("13.1 item 99: a folder that cannot be read is named") {
    const test::OrdinaryUser user;
    const test::TemporaryFolder folder;
    folder.write("locked/x.md", "x");
    folder.write("open.md", "x");
    chmod((folder.path() / "locked").c_str(), 0);
    const auto result = scan(folder.path());
    chmod((folder.path() / "locked").c_str(), 0700);
    REQUIRE(result);
    CHECK(result->files.size() == 1);
    CHECK(result->result.unreadable_folders == std::vector<std::string>{"locked/"});
}

TEST_CASE("a project folder that is missing is a failure and not an empty project") {
    const auto result = scan("/nonexistent/notes");
    REQUIRE_FALSE(result);
    CHECK(result.error().fault == Fault::unavailable);
    CHECK(result.error().message.find("/nonexistent/notes") != std::string::npos);
}

TEST_CASE("the names of one folder come sorted and without links") {
    const test::TemporaryFolder folder;
    const test::TemporaryFolder outside;
    outside.write("secret.md", "x");
    folder.write("a/z.md", "x");
    folder.write("a/b.md", "x");
    folder.write("a/deep/c.md", "x");
    std::filesystem::create_directory_symlink(outside.path(), folder.path() / "linked");
    CHECK(names_in_folder(folder.path(), "a") == std::vector<std::string>{"b.md", "z.md"});
    CHECK(names_in_folder(folder.path(), "").empty());
    CHECK(names_in_folder(folder.path(), "missing").empty());
    CHECK(names_in_folder(folder.path(), "linked").empty());
}

TEST_CASE("leftovers of writers that died are listed and go only where that is asked for") {
    const test::TemporaryFolder folder;
    const std::string leftover = "in/.bm-" + new_uuid() + ".tmp";
    folder.write(leftover, "half of it");
    const auto found = [&](const WalkOptions& options, bool is_part) {
        const auto result =
            is_part ? scan_paths(
                          folder.path(), kRules, {"in"}, [](const SeenFile&) {}, options)
                    : scan_folder(
                          folder.path(), kRules, [](const SeenFile&) {}, options);
        REQUIRE(result);
        return result->leftovers;
    };
    for (const bool is_part : {false, true}) {
        folder.write(leftover, "half of it");
        CHECK(found({.leftovers = Leftovers::go}, is_part).empty());
        const auto later = system_now() + std::chrono::hours(2);
        CHECK(found({.now = later}, is_part) == std::vector<std::string>{leftover});
        CHECK(std::filesystem::exists(folder.path() / leftover));
        CHECK(found({.leftovers = Leftovers::go, .now = later}, is_part).size() == 1);
        CHECK_FALSE(std::filesystem::exists(folder.path() / leftover));
    }
}

}  // namespace
}  // namespace bm
