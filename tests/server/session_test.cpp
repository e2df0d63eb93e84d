#include "server/session.hpp"

#include <string>

#include <doctest/doctest.h>

namespace {

const bm::RevisionPolicy& policy() { return *bm::find_revision("2025-11-25"); }

}  // namespace

TEST_CASE("a new session hears of warnings and is not ready") {
    const bm::LegacySession session(policy());
    CHECK(session.log_threshold() == bm::Severity::warning);
    CHECK_FALSE(session.is_ready());
    CHECK_FALSE(session.follows("b"));
}

TEST_CASE("what is followed is followed until it is not") {
    bm::LegacySession session(policy());
    CHECK(session.follow("a:b", "b"));
    CHECK(session.follow("a:b", "b"));
    CHECK(session.follows("b"));
    CHECK_FALSE(session.follows("a:b"));
    session.unfollow("a:b");
    session.unfollow("a:b");
    CHECK_FALSE(session.follows("b"));
}

TEST_CASE("each spelling of an address is followed for itself") {
    bm::LegacySession session(policy());
    REQUIRE(session.follow("a:B", "b"));
    REQUIRE(session.follow("a:b", "b"));
    REQUIRE(session.follow("a:c", "c"));
    CHECK(session.followed("b") == std::vector<std::string>{"a:B", "a:b"});
    session.unfollow("a:B");
    CHECK(session.followed("b") == std::vector<std::string>{"a:b"});
    REQUIRE(session.follow("a:b", "c"));
    CHECK_FALSE(session.follows("b"));
    CHECK(session.followed("c") == std::vector<std::string>{"a:b", "a:c"});
    CHECK(session.followed("d").empty());
}

TEST_CASE("a session follows a limited number of resources") {
    bm::LegacySession session(policy());
    for (std::size_t i = 0; i < bm::LegacySession::max_followed; ++i) {
        REQUIRE(session.follow("a:" + std::to_string(i), "key"));
    }
    CHECK_FALSE(session.follow("a:more", "key"));
    CHECK(session.follow("a:1", "key"));
    session.unfollow("a:1");
    CHECK(session.follow("a:more", "key"));
}

TEST_CASE("what a session follows counts in the account of its client") {
    bm::MemoryBudget budget({.total = 4 * std::size_t{550} * 1024, .uncounted = 0});
    const std::string long_uri = "a:" + std::string(100'000, 'x');
    {
        bm::LegacySession session(policy(), bm::Json::object(), {&budget, "ann"});
        REQUIRE(session.follow(long_uri, "key"));
        CHECK(budget.counted() > 100'000);
        session.unfollow(long_uri);
        CHECK(budget.counted() == 0);
        int followed = 0;
        while (followed < 100 && session.follow(long_uri + std::to_string(followed), "key")) {
            ++followed;
        }
        CHECK(followed == 5);
        CHECK(budget.counted() <= bm::FollowedResources::most_bytes);
        // Another session of hers finds little room, one of somebody else's all.
        bm::LegacySession second(policy(), bm::Json::object(), {&budget, "ann"});
        CHECK_FALSE(second.follow(long_uri, "key"));
        CHECK(second.follow("a:b", "key"));
        bm::LegacySession other(policy(), bm::Json::object(), {&budget, "bob"});
        CHECK(other.follow(long_uri, "key"));
    }
    CHECK(budget.counted() == 0);
}

TEST_CASE("the eight severities have their names and their order") {
    for (const char* name :
         {"debug", "info", "notice", "warning", "error", "critical", "alert", "emergency"}) {
        const auto severity = bm::severity_from(name);
        REQUIRE(severity);
        CHECK(bm::severity_name(*severity) == name);
    }
    CHECK(bm::Severity::debug < bm::Severity::emergency);
    CHECK_FALSE(bm::severity_from("warn"));
    CHECK_FALSE(bm::severity_from("Error"));
    CHECK_FALSE(bm::severity_from(""));
}
