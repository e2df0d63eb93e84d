#include "cloud/folder_move.hpp"

#include <fstream>

#include <doctest/doctest.h>
#include <sys/stat.h>

#include "tests/support/temporary_folder.hpp"

using namespace bm;
using namespace bm::test;

namespace fs = std::filesystem;

namespace {

void make_tree(const TemporaryFolder& folder) {
    folder.write("from/a.md", "a");
    folder.write("from/sub/deep/b.md", "b");
    fs::create_directories(folder.path() / "from/empty");
    fs::create_symlink("a.md", folder.path() / "from/link");
    ::chmod((folder.path() / "from/a.md").c_str(), 0640);
    fs::last_write_time(folder.path() / "from/a.md",
                        fs::file_time_type::clock::now() - std::chrono::hours(100));
}

std::string text_of(const fs::path& file) {
    std::ifstream in(file, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

}  // namespace

TEST_CASE("a folder goes to another file system whole, with times, rights and links") {
    const TemporaryFolder folder;
    make_tree(folder);
    const fs::path from = folder.path() / "from";
    const fs::path to = folder.path() / "to";
    const auto written = fs::last_write_time(from / "a.md");
    SUBCASE("to nothing") {}
    SUBCASE("to an empty folder") { fs::create_directories(to); }
    REQUIRE(move_folder_by_copy(from, to));
    CHECK_FALSE(fs::exists(from));
    CHECK_FALSE(fs::exists(moving_place(from)));
    CHECK_FALSE(fs::exists(moving_place(to)));
    CHECK(text_of(to / "sub/deep/b.md") == "b");
    CHECK(fs::is_directory(to / "empty"));
    CHECK(fs::read_symlink(to / "link") == "a.md");
    CHECK(fs::last_write_time(to / "a.md") == written);
    CHECK((fs::status(to / "a.md").permissions() & fs::perms::all) == fs::perms(0640));
}

TEST_CASE("a move to a place that is taken leaves everything as it was") {
    const TemporaryFolder folder;
    make_tree(folder);
    const fs::path from = folder.path() / "from";
    folder.write("to/other.md", "other");
    CHECK_FALSE(move_folder_by_copy(from, folder.path() / "to"));
    CHECK(text_of(from / "a.md") == "a");
    CHECK(text_of(folder.path() / "to/other.md") == "other");
    CHECK_FALSE(fs::exists(moving_place(from)));
    CHECK_FALSE(fs::exists(moving_place(folder.path() / "to")));
    CHECK_FALSE(move_folder(from, folder.path() / "to"));
}

TEST_CASE("what cannot be copied is not moved") {
    const TemporaryFolder folder;
    make_tree(folder);
    const fs::path from = folder.path() / "from";
    REQUIRE(::mkfifo((from / "pipe").c_str(), 0600) == 0);
    const auto moved = move_folder_by_copy(from, folder.path() / "to");
    REQUIRE_FALSE(moved);
    CHECK(moved.error().message.find("pipe is no file, folder or link") != std::string::npos);
    CHECK(fs::exists(from / "pipe"));
    CHECK(text_of(from / "a.md") == "a");
    CHECK_FALSE(fs::exists(folder.path() / "to"));
}

TEST_CASE("a move that was cut short is finished by the next one") {
    const TemporaryFolder folder;
    make_tree(folder);
    const fs::path from = folder.path() / "from";
    const fs::path to = folder.path() / "to";
    fs::rename(from, moving_place(from));
    SUBCASE("before anything was copied") {}
    SUBCASE("in the middle of the copy") {
        fs::create_directories(moving_place(to));
        std::ofstream(moving_place(to) / "a.md") << "";
    }
    SUBCASE("before the original was removed") {
        fs::copy(moving_place(from), to,
                 fs::copy_options::recursive | fs::copy_options::copy_symlinks);
    }
    SUBCASE("and something was saved in the old place since") {
        folder.write("from/late.md", "late");
    }
    REQUIRE(move_folder(from, to));
    CHECK(text_of(to / "a.md") == "a");
    CHECK(text_of(to / "sub/deep/b.md") == "b");
    CHECK_FALSE(fs::exists(moving_place(from)));
    CHECK_FALSE(fs::exists(moving_place(to)));
    if (fs::exists(from)) CHECK(text_of(from / "late.md") == "late");
}

TEST_CASE("trees are compared by what is in them") {
    const TemporaryFolder folder;
    make_tree(folder);
    const fs::path from = folder.path() / "from";
    const fs::path to = folder.path() / "to";
    CHECK_FALSE(is_same_tree(from, to));
    fs::copy(from, to, fs::copy_options::recursive | fs::copy_options::copy_symlinks);
    CHECK(is_same_tree(from, to));
    SUBCASE("bytes") { std::ofstream(to / "a.md") << "b"; }
    SUBCASE("more") { std::ofstream(to / "c.md") << "c"; }
    SUBCASE("less") { fs::remove(to / "link"); }
    SUBCASE("links") {
        fs::remove(to / "link");
        fs::create_symlink("b.md", to / "link");
    }
    SUBCASE("kinds") {
        fs::remove(to / "empty");
        std::ofstream(to / "empty") << "";
    }
    CHECK_FALSE(is_same_tree(from, to));
}
