#include "sync/changes.hpp"

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

Differences differences(const ScanResult& disk, std::vector<IndexedFile> rows,
                        bool everything = false) {
    ChangeFinder finder(disk, everything);
    for (auto& each : rows) finder.row(std::move(each));
    return finder.finish();
}

TEST_CASE("files on one side only are added or gone and equal ones are unchanged") {
    const ScanResult disk{{seen("a.md"), seen("b.md"), seen("d.md")}, {}, {}};
    const auto found = differences(disk, {row(1, "a.md"), row(2, "c.md"), row(3, "d.md")});
    REQUIRE(found.added.size() == 1);
    CHECK(found.added[0].path.str() == "b.md");
    REQUIRE(found.gone.size() == 1);
    CHECK(found.gone[0].path.str() == "c.md");
    CHECK(found.touched.empty());
    CHECK(found.unchanged == 2);
}

TEST_CASE("a file counts as touched when time or size or inode differ") {
    const ScanResult disk{
        {seen("a.md", 2), seen("b.md", 1, 11), seen("c.md", 1, 10, 6), seen("d.md")}, {}, {}};
    const auto found =
        differences(disk, {row(1, "a.md"), row(2, "b.md"), row(3, "c.md"), row(4, "d.md")});
    REQUIRE(found.touched.size() == 3);
    CHECK(found.touched[0].seen.path.str() == "a.md");
    CHECK(found.touched[2].row.id == EntityId{3});
    CHECK(differences(disk, {row(4, "d.md")}, true).touched.size() == 1);
}

TEST_CASE("13.1 item 99: rows below a folder that cannot be read are not gone") {
    const ScanResult disk{{seen("a.md")}, {"locked/"}, {}};
    const auto found =
        differences(disk, {row(1, "a.md"), row(2, "locked/x.md"), row(3, "locked2/y.md")});
    REQUIRE(found.gone.size() == 1);
    CHECK(found.gone[0].path.str() == "locked2/y.md");
    CHECK(found.unchanged == 2);
}

TEST_CASE("a new path with the bytes of a missing file is a move and each old path moves once") {
    const ScanResult disk{{seen("new1.md"), seen("new2.md"), seen("other.md")}, {}, {}};
    auto found = differences(disk, {row(1, "old.md", 1, 10, 5, "same")});
    const std::vector<std::optional<Checksum>> sums{checksum_of("same"), checksum_of("same"),
                                                    std::nullopt};
    const auto moves = take_moves(found, sums);
    REQUIRE(moves.size() == 1);
    CHECK(moves[0].from.path.str() == "old.md");
    CHECK(moves[0].to.path.str() == "new1.md");
    REQUIRE(found.added.size() == 2);
    CHECK(found.added[0].path.str() == "new2.md");
    CHECK(found.gone.empty());
}

TEST_CASE("a copy of a file that is still there is no move") {
    const ScanResult disk{{seen("a.md"), seen("copy.md")}, {}, {}};
    auto found = differences(disk, {row(1, "a.md", 1, 10, 5, "same")});
    const std::vector<std::optional<Checksum>> sums{checksum_of("same")};
    CHECK(take_moves(found, sums).empty());
    CHECK(found.added.size() == 1);
}

}  // namespace
}  // namespace bm
