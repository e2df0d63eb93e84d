#include "cli/rclone_installation.hpp"

#include <doctest/doctest.h>

namespace bm {
namespace {

std::string policy(const std::string& candidate) {
    return "rclone:\n  Installed: (none)\n  Candidate: " + candidate + "\n  Version table:\n";
}

TEST_CASE("what apt would install is read as the program would call itself") {
    CHECK(candidate_version(policy("1.60.1+dfsg-2+b5"))->text == "1.60.1+dfsg-2+b5");
    CHECK_FALSE(candidate_version(policy("1.60.1+dfsg-2+b5"))->is_at_least(1, 66));
    CHECK(candidate_version(policy("1.66.0+dfsg-1"))->is_at_least(1, 66));
    CHECK(candidate_version(policy("2:1.70.3-1"))->is_at_least(1, 66));
}

TEST_CASE("where apt knows of no package there is no version") {
    CHECK_FALSE(candidate_version(policy("(none)")));
    CHECK_FALSE(candidate_version(""));
    CHECK_FALSE(candidate_version("N: Unable to locate package rclone\n"));
}

TEST_CASE("every package manager installs rclone without asking again") {
    for (const auto& manager : package_managers()) {
        CAPTURE(manager.program);
        REQUIRE_FALSE(manager.install.empty());
        CHECK(manager.install.back() == "rclone");
    }
}

}  // namespace
}  // namespace bm
