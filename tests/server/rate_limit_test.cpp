#include "server/rate_limit.hpp"

#include <doctest/doctest.h>

using namespace std::chrono_literals;

TEST_CASE("so many events are admitted in every stretch and no more") {
    bm::RateLimit limit(3, 1s);
    bm::Moment now{};
    CHECK(limit.admits(now));
    CHECK(limit.admits(now));
    now += 500ms;
    CHECK(limit.admits(now));
    CHECK_FALSE(limit.admits(now));
    now += 499ms;
    CHECK_FALSE(limit.admits(now));
    now += 1ms;  // the first two are a second old
    CHECK(limit.admits(now));
    CHECK(limit.admits(now));
    CHECK_FALSE(limit.admits(now));
}

TEST_CASE("refused events do not count") {
    bm::RateLimit limit(1, 1s);
    bm::Moment now{};
    CHECK(limit.admits(now));
    for (int i = 0; i < 9; ++i) {
        now += 100ms;
        CHECK_FALSE(limit.admits(now));
    }
    now += 100ms;
    CHECK(limit.admits(now));
}
