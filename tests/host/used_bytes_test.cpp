#include "host/used_bytes.hpp"

#include <fstream>

#include <doctest/doctest.h>

#include "tests/support/temporary_folder.hpp"

using namespace std::chrono_literals;

namespace bm::test {

TEST_CASE("used bytes are those of files, counted once a minute") {
    TemporaryFolder folder;
    Moment now{};
    UsedBytes used(folder.path(), [&] { return now; });
    CHECK(used.count() == 0);
    std::filesystem::create_directories(folder.path() / "a" / "b");
    std::ofstream(folder.path() / "a" / "b" / "five.bin") << "12345";
    std::filesystem::create_symlink("five.bin", folder.path() / "a" / "b" / "link");
    now += 59s;
    CHECK(used.count() == 0);
    now += 1s;
    CHECK(used.count() == 5);
    std::filesystem::remove_all(folder.path() / "a");
    CHECK(used.count() == 5);
    now += 1min;
    CHECK(used.count() == 0);
}

}  // namespace bm::test
