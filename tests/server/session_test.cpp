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
    CHECK_FALSE(session.follows("a:b"));
}

TEST_CASE("what is followed is followed until it is not") {
    bm::LegacySession session(policy());
    CHECK(session.follow("a:b"));
    CHECK(session.follow("a:b"));
    CHECK(session.follows("a:b"));
    CHECK_FALSE(session.follows("a:c"));
    session.unfollow("a:b");
    session.unfollow("a:b");
    CHECK_FALSE(session.follows("a:b"));
}

TEST_CASE("a session follows a limited number of resources") {
    bm::LegacySession session(policy());
    for (std::size_t i = 0; i < bm::LegacySession::max_followed; ++i) {
        REQUIRE(session.follow("a:" + std::to_string(i)));
    }
    CHECK_FALSE(session.follow("a:more"));
    CHECK(session.follow("a:1"));
    session.unfollow("a:1");
    CHECK(session.follow("a:more"));
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
