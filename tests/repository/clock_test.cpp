#include "repository/clock.hpp"

#include <ctime>
#include <limits>
#include <string>

#include <doctest/doctest.h>
#include <stdlib.h>

#include "repository/local_moment.hpp"
#include "tests/support/local_zone.hpp"

namespace {

using std::chrono::hours;
using std::chrono::microseconds;
using std::chrono::minutes;
using std::chrono::seconds;

using Zone = bm::test::LocalZone;
using bm::test::kBerlin;
constexpr const char* kKathmandu = "NPT-5:45";

bm::Timestamp at(std::int64_t since_1970) { return bm::Timestamp(seconds(since_1970)); }

bm::WrittenTime written(std::chrono::year_month_day day, microseconds in_day) {
    return {std::chrono::local_days(day) + in_day, std::nullopt};
}

}  // namespace

TEST_CASE("a moment prints as ISO 8601 in UTC and its fraction only when there is one") {
    CHECK(bm::iso8601_utc(bm::Timestamp(microseconds(1'795'328'920'707'029))) ==
          "2026-11-22T06:28:40.707029+00:00");
    CHECK(bm::iso8601_utc(at(0)) == "1970-01-01T00:00:00+00:00");
    CHECK(bm::iso8601_utc(bm::Timestamp(microseconds(1))) == "1970-01-01T00:00:00.000001+00:00");
    CHECK(bm::iso8601_utc(bm::Timestamp(microseconds(-1))) == "1969-12-31T23:59:59.999999+00:00");
}

TEST_CASE("leap days and centuries have the right dates") {
    const struct {
        std::int64_t seconds;
        const char* text;
    } cases[] = {{951'782'400, "2000-02-29T00:00:00+00:00"},
                 {951'868'800, "2000-03-01T00:00:00+00:00"},
                 {1'709'164'800, "2024-02-29T00:00:00+00:00"},
                 {4'107'542'400, "2100-03-01T00:00:00+00:00"},
                 {4'107'456'000, "2100-02-28T00:00:00+00:00"},
                 {1'767'225'599, "2025-12-31T23:59:59+00:00"},
                 {-62'135'596'800, "0001-01-01T00:00:00+00:00"},
                 {253'402'300'799, "9999-12-31T23:59:59+00:00"}};
    for (const auto& each : cases) {
        CAPTURE(each.seconds);
        CHECK(bm::iso8601_utc(at(each.seconds)) == each.text);
    }
}

TEST_CASE("the earliest and the latest moment print without harm") {
    const auto earliest = bm::Timestamp(microseconds(std::numeric_limits<std::int64_t>::min()));
    const auto latest = bm::Timestamp(microseconds(std::numeric_limits<std::int64_t>::max()));
    CHECK(bm::iso8601_utc(earliest) == "-290308-12-21T19:59:05.224192+00:00");
    CHECK(bm::iso8601_utc(latest) == "294247-01-10T04:00:54.775807+00:00");
}

TEST_CASE("dates agree with the calendar of the standard library for four thousand years") {
    std::string last;
    for (std::int64_t day = -719'000; day < 750'000; day += 97) {
        const std::chrono::year_month_day date{std::chrono::sys_days(std::chrono::days(day))};
        char expected[32];
        (void)snprintf(expected, sizeof expected, "%04d-%02u-%02uT00:00:00+00:00", int(date.year()),
                       unsigned(date.month()), unsigned(date.day()));
        CAPTURE(day);
        REQUIRE(bm::iso8601_utc(at(day * 86'400)) == expected);
    }
}

TEST_CASE("local dates follow the zone") {
    const Zone zone(kKathmandu);
    CHECK(bm::utc_offset_at(at(0)) == hours(5) + minutes(45));
    CHECK(bm::local_date(at(1'795'285'800)) == "2026-11-22");  // 18:30 UTC the day before
    CHECK(bm::local_minute(at(1'795'285'800)) == "2026-11-22 00:15");
}

TEST_CASE("the offset is that of the moment and not of today") {
    const Zone zone(kBerlin);
    CHECK(bm::utc_offset_at(at(1'767'225'600)) == hours(1));  // January
    CHECK(bm::utc_offset_at(at(1'782'864'000)) == hours(2));  // July
}

TEST_CASE("a written time with an offset needs no zone") {
    const Zone zone(kBerlin);
    using namespace std::chrono_literals;
    const bm::WrittenTime time{std::chrono::local_days(std::chrono::year(2024) / 1 / 15) + 10h,
                               hours(-5)};
    CHECK(bm::iso8601_utc(bm::to_timestamp(time)) == "2024-01-15T15:00:00+00:00");
}

TEST_CASE("13.1 item 67: a written time without an offset is local") {
    const Zone zone(kBerlin);
    using namespace std::chrono_literals;
    const auto utc = [](std::chrono::year_month_day day, microseconds in_day) {
        return bm::iso8601_utc(bm::to_timestamp(written(day, in_day)));
    };
    CHECK(utc(std::chrono::year(2024) / 1 / 15, 10h) == "2024-01-15T09:00:00+00:00");
    CHECK(utc(std::chrono::year(2024) / 7 / 15, 10h) == "2024-07-15T08:00:00+00:00");
    // The night in which two o'clock is skipped, and the one in which it comes twice.
    CHECK(utc(std::chrono::year(2024) / 3 / 31, 1h + 59min) == "2024-03-31T00:59:00+00:00");
    CHECK(utc(std::chrono::year(2024) / 3 / 31, 2h + 30min) == "2024-03-31T01:30:00+00:00");
    CHECK(utc(std::chrono::year(2024) / 3 / 31, 3h) == "2024-03-31T01:00:00+00:00");
    CHECK(utc(std::chrono::year(2024) / 10 / 27, 2h + 30min) == "2024-10-27T00:30:00+00:00");
    CHECK(utc(std::chrono::year(2024) / 10 / 27, 3h) == "2024-10-27T02:00:00+00:00");
}

TEST_CASE("a local time that is asked for has the offset that it had then") {
    const Zone zone(kBerlin);
    const bm::Timestamp now = at(1'730'030'400);  // 2024-10-27T12:00Z: the clocks were put back
    const auto moment = [&](std::string_view text) {
        const auto found = bm::local_moment(text, now);
        return found ? bm::iso8601_utc(*found) : found.error().message;
    };
    CHECK(moment("2024-10-26T12:45") == "2024-10-26T10:45:00+00:00");
    CHECK(moment("2024-10-27 12:45") == "2024-10-27T11:45:00+00:00");
    CHECK(moment("2024-10-27 02:30") == "2024-10-27T00:30:00+00:00");
    CHECK(moment("2024-01-15") == "2024-01-14T23:00:00+00:00");
    CHECK(moment("2024-10-26T12:45Z") == "2024-10-26T12:45:00+00:00");
    CHECK(moment("yesterday at 12:45") == "2024-10-26T10:45:00+00:00");
    CHECK(moment("1 month ago") == "2024-09-27T11:00:00+00:00");
    // What is counted in hours is as long as it says.
    CHECK(moment("24 hours ago") == "2024-10-26T12:00:00+00:00");
    CHECK(moment("someday") == "Could not parse timeframe: someday");
}

TEST_CASE("a local time read back is the time that was written") {
    for (const char* name : {"UTC0", kBerlin, kKathmandu, "EST5EDT,M3.2.0,M11.1.0"}) {
        const Zone zone(name);
        CAPTURE(name);
        for (int hour = 0; hour < 24 * 400; hour += 7) {
            const bm::Timestamp moment = at(1'700'000'000 + hour * 3'600LL);
            const auto local = std::chrono::local_time<microseconds>(moment.time_since_epoch() +
                                                                     bm::utc_offset_at(moment));
            const auto again = bm::to_timestamp({local, std::nullopt});
            // Of an hour that comes twice the first is meant.
            const bool same = again == moment || again == moment - hours(1);
            CAPTURE(hour);
            REQUIRE(same);
            REQUIRE(again.time_since_epoch() + bm::utc_offset_at(again) ==
                    local.time_since_epoch());
        }
    }
}

TEST_CASE("the clock stands in this century and runs forward") {
    const auto before = bm::system_now();
    CHECK(before > at(1'700'000'000));
    CHECK(bm::system_now() >= before);
}
