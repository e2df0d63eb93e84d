#include "sync/changes.hpp"

#include <ctime>
#include <set>
#include <string>

#include <doctest/doctest.h>

namespace bm {
namespace {

RelativePath path(const char* text) { return *RelativePath::parse(text); }

SeenFile seen(const char* name, std::int64_t mtime = 1, std::int64_t size = 10,
              std::int64_t inode = 5) {
    return {path(name), {mtime, size, inode}};
}

IndexedFile row(std::int64_t id, const char* name, std::int64_t mtime = 1, std::int64_t size = 10,
                std::int64_t inode = 5, const char* bytes = "x") {
    return {EntityId{id}, path(name), {mtime, size, inode}, checksum_of(bytes)};
}

Differences differences(const std::vector<SeenFile>& disk, const std::vector<IndexedFile>& rows,
                        bool everything = false,
                        const std::vector<std::string>& unreadable_folders = {},
                        const std::set<std::string>& differing = {}) {
    std::size_t next = 0;
    const auto next_row = [&]() -> std::optional<IndexedFile> {
        if (next == rows.size()) return std::nullopt;
        return rows[next++];
    };
    const auto differs_unseen = [&](const SeenFile& file, const IndexedFile&) {
        return differing.contains(file.path.str());
    };
    ChangeFinder finder(next_row, everything, differs_unseen);
    for (const auto& each : disk) finder.file(each);
    return finder.finish(unreadable_folders);
}

/// What is known of a file's bytes, and when the file was made.
MeasuredFile measured(const char* bytes, std::int64_t inode = 77, std::int64_t born_us = 1'000) {
    return {checksum_of(bytes), {1, 10, inode}, Timestamp(std::chrono::microseconds(born_us))};
}

TEST_CASE("files on one side only are added or gone and equal ones are unchanged") {
    const std::vector disk{seen("a.md"), seen("b.md"), seen("d.md")};
    const auto found = differences(disk, {row(1, "a.md"), row(2, "c.md"), row(3, "d.md")});
    REQUIRE(found.added.size() == 1);
    CHECK(found.added[0].path.str() == "b.md");
    REQUIRE(found.gone.size() == 1);
    CHECK(found.gone[0].path.str() == "c.md");
    CHECK(found.touched.empty());
    CHECK(found.unchanged == 2);
}

TEST_CASE("a file counts as touched when time or size or inode differ") {
    const std::vector disk{seen("a.md", 2), seen("b.md", 1, 11), seen("c.md", 1, 10, 6),
                           seen("d.md")};
    const auto found =
        differences(disk, {row(1, "a.md"), row(2, "b.md"), row(3, "c.md"), row(4, "d.md")});
    REQUIRE(found.touched.size() == 3);
    CHECK(found.touched[0].seen.path.str() == "a.md");
    CHECK(found.touched[2].row.id == EntityId{3});
    CHECK(differences({seen("d.md")}, {row(4, "d.md")}, true).touched.size() == 1);
    CHECK(differences({seen("d.md")}, {row(4, "d.md")}, false, {}, {"d.md"}).touched.size() == 1);
}

TEST_CASE("13.1 item 99: rows below a folder that cannot be read are not gone") {
    const auto found =
        differences({seen("a.md")}, {row(1, "a.md"), row(2, "locked/x.md"), row(3, "locked2/y.md")},
                    false, {"locked/"});
    REQUIRE(found.gone.size() == 1);
    CHECK(found.gone[0].path.str() == "locked2/y.md");
    CHECK(found.unchanged == 2);
}

TEST_CASE("a new path with the bytes of a missing file is a move and each old path moves once") {
    auto found = differences({seen("new1.md"), seen("new2.md"), seen("other.md")},
                             {row(1, "old.md", 1, 10, 5, "same")});
    const std::vector<std::optional<MeasuredFile>> known{measured("same"), measured("same"),
                                                         std::nullopt};
    const auto moves = take_moves(found, known);
    REQUIRE(moves.size() == 1);
    CHECK(moves[0].from.path.str() == "old.md");
    CHECK(moves[0].to.path.str() == "new1.md");
    REQUIRE(found.added.size() == 2);
    CHECK(found.added[0].path.str() == "new2.md");
    CHECK(found.gone.empty());
}

TEST_CASE("of several missing files with the same bytes the one that is the same file moves") {
    auto found = differences({seen("new.md")}, {row(1, "old1.md", 1, 10, 5, "same"),
                                                row(2, "old2.md", 1, 10, 6, "same")});
    const auto moves =
        take_moves(found, std::vector<std::optional<MeasuredFile>>{measured("same", 6)});
    REQUIRE(moves.size() == 1);
    CHECK(moves[0].from.path.str() == "old2.md");
    REQUIRE(found.gone.size() == 1);
    CHECK(found.gone[0].path.str() == "old1.md");
}

TEST_CASE("a file that was renamed and changed is a move unless its inode was used again") {
    auto old = row(1, "old.md", 1, 10, 5, "before");
    old.stamp.ctime_ns = 2'000'000;
    SUBCASE("the same file") {
        auto found = differences({seen("new.md")}, {old});
        const auto moves = take_moves(
            found, std::vector<std::optional<MeasuredFile>>{measured("after", 5, 1'999)});
        REQUIRE(moves.size() == 1);
        CHECK(moves[0].to.path.str() == "new.md");
        CHECK(found.added.empty());
        CHECK(found.gone.empty());
    }
    SUBCASE("made after the old one was last seen") {
        auto found = differences({seen("new.md")}, {old});
        CHECK(
            take_moves(found, std::vector<std::optional<MeasuredFile>>{measured("after", 5, 2'001)})
                .empty());
        CHECK(found.added.size() == 1);
        CHECK(found.gone.size() == 1);
    }
}

TEST_CASE("a copy of a file that is still there is no move") {
    auto found = differences({seen("a.md"), seen("copy.md")}, {row(1, "a.md", 1, 10, 5, "same")});
    CHECK(take_moves(found, std::vector<std::optional<MeasuredFile>>{measured("same", 5)}).empty());
    CHECK(found.added.size() == 1);
}

TEST_CASE("every file that was only renamed is known before copies of its bytes are") {
    auto found =
        differences({seen("new1.md"), seen("new2.md")},
                    {row(1, "old1.md", 1, 10, 5, "same"), row(2, "old2.md", 1, 10, 6, "same")});
    const auto moves = take_moves(
        found, std::vector<std::optional<MeasuredFile>>{measured("same", 9), measured("same", 5)});
    REQUIRE(moves.size() == 2);
    CHECK(moves[0].from.path.str() == "old2.md");
    CHECK(moves[1].from.path.str() == "old1.md");
}

TEST_CASE("moves of files with the same bytes cost no more than those of others") {
    constexpr int kFiles = 20'000;
    const auto cost = [&](bool are_equal) {
        Differences found;
        std::vector<std::optional<MeasuredFile>> known;
        for (int i = 0; i < kFiles; ++i) {
            const std::string number = std::to_string(i);
            const std::string bytes = are_equal ? "same" : number;
            found.gone.push_back(row(i, ("old/" + number).c_str(), 1, 10, i, bytes.c_str()));
            found.added.push_back(seen(("new/" + number).c_str()));
            known.emplace_back(measured(bytes.c_str(), kFiles - i));
        }
        const std::clock_t begun = std::clock();
        CHECK(take_moves(found, known).size() == kFiles);
        return static_cast<double>(std::clock() - begun);
    };
    const double usual = cost(false);
    CHECK(cost(true) < 5 * usual + 0.1 * CLOCKS_PER_SEC);
}

}  // namespace
}  // namespace bm
