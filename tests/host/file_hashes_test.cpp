#include "host/file_hashes.hpp"

#include <thread>

#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/stat.h>

#include "repository/descriptor.hpp"
#include "repository/file_status.hpp"
#include "tests/support/temporary_folder.hpp"

using namespace std::chrono_literals;

namespace bm::test {
namespace {

const std::string kOne = "0123456789abcdef0123456789abcdef";
const std::string kTwo = "ffffffffffffffffffffffffffffffff";

FileStamp stamp_of(std::int64_t number) {
    return {.mtime_ns = number, .size = 1, .inode = number * 7, .ctime_ns = -number};
}

TEST_CASE("hashes are remembered while a file stays as it is") {
    FileHashes hashes(2);
    const FileStamp stamp{.mtime_ns = 1, .size = 1, .inode = 1, .ctime_ns = 1};
    hashes.remember(stamp, kOne);
    CHECK(hashes.of(-1, stamp, 10) == kOne);
    FileStamp other = stamp;
    other.ctime_ns = 2;
    CHECK_FALSE(hashes.of(-1, other, 10));
    other.size = 100;
    CHECK_FALSE(hashes.of(-1, other, 10));
    hashes.remember(other, kTwo);
    CHECK(hashes.of(-1, stamp, 10) == kOne);
    FileStamp third = stamp;
    third.inode = 7;
    hashes.remember(third, kTwo);
    CHECK(hashes.of(-1, stamp, 10) == kOne);
    CHECK_FALSE(hashes.of(-1, other, 10));
    hashes.remember(third, "no digest");
    CHECK(hashes.known(third) == kTwo);
}

TEST_CASE("hashes outlive their object in a file, the lately asked for first") {
    TemporaryFolder folder;
    const auto file = folder.path() / "hashes";
    {
        FileHashes hashes(3, file);
        for (int number = 1; number <= 4; ++number) hashes.remember(stamp_of(number), kOne);
        CHECK(hashes.known(stamp_of(2)));
    }
    CHECK((std::filesystem::status(file).permissions() & std::filesystem::perms::others_read) ==
          std::filesystem::perms::none);
    FileHashes again(3, file);
    CHECK_FALSE(again.known(stamp_of(1)));
    CHECK(again.known(stamp_of(3)) == kOne);
    again.remember(stamp_of(5), kTwo);
    again.remember(stamp_of(6), kTwo);
    // 3 was asked for, 2 before the end of the first one.
    CHECK(again.known(stamp_of(3)));
    CHECK_FALSE(again.known(stamp_of(4)));
    CHECK(again.known(stamp_of(6)) == kTwo);
}

TEST_CASE("a file of hashes that is none is thrown away") {
    TemporaryFolder folder;
    const auto file = folder.path() / "hashes";
    { FileHashes(10, file).remember(stamp_of(1), kOne); }
    const std::string whole = folder.read("hashes");
    REQUIRE(FileHashes(10, file).known(stamp_of(1)));
    for (std::size_t at = 0; at < whole.size(); at += 7) {
        CAPTURE(at);
        std::string bad = whole;
        bad[at] = static_cast<char>(bad[at] ^ 1);
        folder.write("hashes", bad);
        CHECK_FALSE(FileHashes(10, file).known(stamp_of(1)));
        folder.write("hashes", whole.substr(0, at));
        CHECK_FALSE(FileHashes(10, file).known(stamp_of(1)));
    }
    folder.write("hashes", whole + "x");
    CHECK_FALSE(FileHashes(10, file).known(stamp_of(1)));
    // More than may be held.
    folder.write("hashes", whole);
    CHECK_FALSE(FileHashes(0, file).known(stamp_of(1)));
    FileHashes afresh(10, file);
    afresh.remember(stamp_of(2), kTwo);
    afresh.save();
    CHECK(FileHashes(10, file).known(stamp_of(2)) == kTwo);
}

TEST_CASE("a file that was touched a moment ago is read again") {
    TemporaryFolder folder;
    folder.write("a", "x");
    const Descriptor file(::open((folder.path() / "a").c_str(), O_RDONLY | O_CLOEXEC));
    FileHashes hashes(10);
    const auto now = status_of(file.number());
    REQUIRE(now);
    const auto first = hashes.of(file.number(), now->stamp, 10);
    REQUIRE(first);
    CHECK_FALSE(hashes.known(now->stamp));
    std::this_thread::sleep_for(150ms);
    CHECK(hashes.of(file.number(), now->stamp, 10) == first);
    CHECK(hashes.known(now->stamp) == first);
    CHECK_FALSE(FileHashes(10).of(file.number(), now->stamp, 0));
}

TEST_CASE("much that was computed is written before the end") {
    TemporaryFolder folder;
    FileHashes hashes(10, folder.path() / "hashes");
    FileStamp large = stamp_of(1);
    large.size = std::int64_t{300} * 1024 * 1024;
    hashes.remember(large, kOne);
    CHECK(FileHashes(10, folder.path() / "hashes").known(large) == kOne);
}

}  // namespace
}  // namespace bm::test
