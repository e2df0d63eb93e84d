#include "cloud/deletion_guard.hpp"

#include <array>
#include <random>

#include <doctest/doctest.h>

using namespace bm;

namespace {

FileSet set_of(const std::vector<std::string>& names) {
    FileSet set;
    for (const auto& name : names) set[name] = {1, 1, false};
    return set;
}

}  // namespace

TEST_CASE("what is gone on one side is deleted on the other; what is gone on both counts nowhere") {
    const auto before = set_of({"a", "b", "c", "d"});
    const auto here = set_of({"b", "c", "new"});
    const auto there = set_of({"a", "c", "d"});
    const auto count = count_deletions({before, before, here, there});
    CHECK(count.in_cloud == std::vector<std::string>{"a", "d"});
    CHECK(count.locally == std::vector<std::string>{"b"});
    CHECK(count.most() == 2);
    CHECK(count_deletions({before, before, set_of({"b"}), set_of({"b"})}).most() == 0);
}

TEST_CASE("in every history a run within the limit passes and one beyond it is seen") {
    std::mt19937 random(7);
    for (int round = 0; round < 3000; ++round) {
        const std::size_t size = 1 + random() % 300;
        const std::size_t limit = std::array<std::size_t, 3>{10, 25, 50}[random() % 3];
        FileSet before;
        FileSet here;
        FileSet there;
        std::size_t up = 0;
        std::size_t down = 0;
        std::size_t both = 0;
        const auto odds = random() % 100;
        for (std::size_t i = 0; i < size; ++i) {
            const std::string name = "n" + std::to_string(i);
            const bool folder = random() % 9 == 0;
            before[name] = {1, 1, folder};
            const auto fate = random() % 100 < odds ? random() % 4 : 0;
            if (fate != 1 && fate != 3) here[name] = before[name];
            if (fate != 2 && fate != 3) there[name] = before[name];
            if (!folder) up += fate == 1 ? 1 : 0;
            if (!folder) down += fate == 2 ? 1 : 0;
            both += fate == 3 ? 1 : 0;
        }
        const auto count = count_deletions({before, before, here, there});
        REQUIRE(count.in_cloud.size() == up);
        REQUIRE(count.locally.size() == down);
        // rclone compares vanished / all with the percentage: what we allow must pass there.
        const int percent = percentage_for(count, limit);
        REQUIRE(percent <= 100);
        if (count.most() <= limit) {
            for (const std::size_t vanished : {count.vanished_locally, count.vanished_in_cloud}) {
                REQUIRE(vanished * 100 <= static_cast<std::size_t>(percent) * size);
            }
        }
        // And the percentage that is tried first never lets more than the limit go.
        const auto files = count_files(before);
        const auto first = static_cast<std::size_t>(percentage_within(size, files, limit));
        REQUIRE((first * size / 100 <= limit || size <= limit));
        // Nor ever all of them.
        REQUIRE((files == 0 || files * 100 > first * size));
        (void)both;
    }
}

TEST_CASE("what is left and what was renamed is told from a side where nothing is") {
    const auto before = set_of({"a", "b"});
    auto count = count_deletions({before, before, set_of({"other"}), before});
    CHECK(count.has_lost_all_locally());
    CHECK_FALSE(count.has_lost_all_in_cloud());
    CHECK_FALSE(count_deletions({before, before, set_of({"b"}), before}).has_lost_all_locally());
    // Gone on both sides is nothing to be repeated.
    CHECK_FALSE(count_deletions({before, before, {}, {}}).has_lost_all_locally());
    CHECK(was_renamed(before, set_of({"c"})));
    CHECK_FALSE(was_renamed(before, {{"c", {2, 1, false}}}));
    CHECK_FALSE(was_renamed(before, {{"c", {1, 5'000'000'000, false}}}));
    CHECK_FALSE(was_renamed(before, {{"c", {1, 1, true}}}));
}

TEST_CASE("a name is the same one however it is composed") {
    const auto here = set_of({"a\u0308.md", "b"});
    const auto there = set_of({"\u00e4.md", "b"});
    CHECK(count_deletions({here, there, here, there}).most() == 0);
    CHECK(count_deletions({here, there, set_of({"b"}), there}).in_cloud ==
          std::vector<std::string>{"a\u0308.md"});
}
