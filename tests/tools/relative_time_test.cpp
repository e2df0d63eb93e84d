#include "tools/relative_time.hpp"

#include <chrono>

#include <doctest/doctest.h>

namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

bm::Timestamp at(int year, unsigned month, unsigned day, seconds time = hours{12}) {
    return std::chrono::sys_days{std::chrono::year{year} / static_cast<int>(month) /
                                 static_cast<int>(day)} +
           time;
}

}  // namespace

TEST_CASE("a moment is told in the largest unit that fits") {
    const auto now = at(2026, 11, 22);
    struct Case {
        bm::Timestamp then;
        const char* expected;
    };
    const Case cases[] = {
        {now, "just now"},
        {now - seconds{59}, "just now"},
        {now - seconds{60}, "1 minute ago"},
        {now - minutes{59}, "59 minutes ago"},
        {now - hours{1}, "1 hour ago"},
        {now - hours{23}, "23 hours ago"},
        {now - hours{24}, "yesterday"},
        {now - hours{47}, "yesterday"},
        {now - hours{48}, "2 days ago"},
        {now - hours{24 * 6}, "6 days ago"},
        {now - hours{24 * 7}, "1 week ago"},
        {now - hours{24 * 20}, "2 weeks ago"},
        {at(2026, 10, 22), "1 month ago"},
        {at(2026, 10, 23), "4 weeks ago"},
        {at(2025, 12, 22), "11 months ago"},
        {at(2025, 11, 22), "1 year ago"},
        {at(2024, 11, 23), "1 year ago"},
        {at(2016, 11, 22), "10 years ago"},
    };
    for (const auto& each : cases) {
        CAPTURE(each.expected);
        CHECK(bm::relative_time(each.then, now) == each.expected);
    }
}

TEST_CASE("a month after the last day of January is over at the end of February") {
    CHECK(bm::relative_time(at(2026, 1, 31), at(2026, 2, 28)) == "1 month ago");
    CHECK(bm::relative_time(at(2026, 1, 31), at(2026, 2, 27)) == "3 weeks ago");
}

TEST_CASE("a moment in the future is just now") {
    CHECK(bm::relative_time(at(2027, 1, 1), at(2026, 1, 1)) == "just now");
}
