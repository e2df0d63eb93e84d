#include "markdown/timeframe.hpp"

#include <chrono>
#include <fstream>
#include <string>
#include <string_view>
#include <vector>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

namespace {

using namespace std::chrono_literals;
using std::chrono::days;
using std::chrono::seconds;
using std::chrono::sys_days;
using std::chrono::sys_seconds;

sys_seconds at(int year, unsigned month, unsigned day, int hour = 0, int minute = 0,
               int second = 0) {
    return sys_days(std::chrono::year(year) / std::chrono::month(month) / std::chrono::day(day)) +
           std::chrono::hours(hour) + std::chrono::minutes(minute) + seconds(second);
}

const sys_seconds wednesday = at(2025, 6, 18, 15, 30);
constexpr seconds utc{0};

std::string normalized(std::string_view text, sys_seconds now = wednesday, seconds offset = utc) {
    const auto frame = bm::normalize_timeframe(text, now, offset);
    return frame ? *frame : frame.error().message;
}

struct Moment {
    std::string text;
    sys_seconds moment;
};

void check_moments(const std::vector<Moment>& cases, sys_seconds now = wednesday,
                   seconds offset = utc) {
    for (const Moment& c : cases) {
        CAPTURE(c.text);
        const auto moment = bm::parse_moment(c.text, now, offset);
        REQUIRE(moment);
        CHECK((*moment - c.moment).count() == 0);
    }
}

}  // namespace

TEST_CASE("every recorded timeframe is validated as recorded") {
    std::ifstream file("vectors/timeframes.json");
    const auto rows = nlohmann::json::parse(file);
    REQUIRE(rows.size() > 60);
    for (const auto& row : rows) {
        const auto input = row[0].get<std::string>();
        CAPTURE(input);
        // These were errors that users ran into; they are understood on purpose.
        if (input == "week" || input == "past week" || input == "last 7 days") {
            CHECK(normalized(input) == "7d");
            continue;
        }
        const auto expected = row[1].is_string() ? row[1] : row[1]["error"];
        CHECK(normalized(input) == expected.get<std::string>());
    }
}

TEST_CASE("days are counted to the nearest") {
    CHECK(normalized("36h") == "2d");
    CHECK(normalized("35h") == "1d");
    CHECK(normalized("1.5 days ago") == "2d");
    CHECK(normalized("90min") == "1d");
    CHECK(normalized("2d 13h") == "3d");
    CHECK(normalized("1 week and 2 days ago") == "9d");
    CHECK(normalized("2025-06-10") == "9d");
    CHECK(normalized("2025-06-10T15:30:00Z") == "8d");
}

TEST_CASE("months and years follow the calendar") {
    CHECK(normalized("last month") == "31d");
    CHECK(normalized("1 month ago", at(2025, 3, 15)) == "28d");
    CHECK(normalized("last month", at(2025, 3, 31)) == "31d");
    CHECK(normalized("3 months ago") == "92d");
    CHECK(normalized("6 months") == "182d");
    CHECK(normalized("13 months ago") == "Timeframe should be <= 1 year");
}

TEST_CASE("one year is a year in leap years too") {
    const auto after_leap_day = at(2024, 6, 1, 12);
    for (const std::string text :
         {"1 year ago", "last year", "1y", "12 months ago", "a year ago", "year"}) {
        CAPTURE(text);
        CHECK(normalized(text) == "365d");
        CHECK(normalized(text, after_leap_day) == "365d");
    }
    CHECK(normalized("366d", after_leap_day) == "Timeframe should be <= 1 year");
    CHECK(normalized("1 year and 1 day ago") == "Timeframe should be <= 1 year");
    CHECK(normalized("2023-06-01", after_leap_day) == "Timeframe should be <= 1 year");
}

TEST_CASE("what is not understood is repeated as given") {
    for (const std::string text : {"",
                                   "  ",
                                   "soon",
                                   "7",
                                   "7x",
                                   "-",
                                   "d",
                                   "in",
                                   "ago",
                                   "last",
                                   "this 3 days",
                                   "in last week",
                                   "2025-13-01",
                                   "2025-02-30",
                                   "February 30",
                                   "25:00",
                                   "2025-06-10T25:00",
                                   "2025-06-10T10:30+99:00",
                                   "1..5 days",
                                   "99999999999 days",
                                   "9999999 years",
                                   "3 days ago ago",
                                   "yesterday yesterday",
                                   "semaine derni\xC3\xA8re",
                                   "10/10",
                                   "monday monday",
                                   "\xFF"}) {
        CAPTURE(text);
        CHECK(normalized(text) == "Could not parse timeframe: " + text);
    }
    CHECK_FALSE(bm::parse_moment(std::string(100'000, '1'), wednesday, utc));
    CHECK_FALSE(bm::parse_moment("1d " + std::string(100'000, ' ') + "1d", wednesday, utc));
}

TEST_CASE("relative phrases count from now") {
    check_moments({{"now", wednesday},
                   {"yesterday", wednesday - days(1)},
                   {"tomorrow", wednesday + days(1)},
                   {"2 weeks ago", wednesday - days(14)},
                   {"two weeks ago", wednesday - days(14)},
                   {"past 3 days", wednesday - days(3)},
                   {"the last 7 days", wednesday - days(7)},
                   {"previous week", wednesday - days(7)},
                   {"this month", wednesday},
                   {"in 3 days", wednesday + days(3)},
                   {"next week", wednesday + days(7)},
                   {"next 2 weeks", wednesday + days(14)},
                   {"1.5 days ago", wednesday - 36h},
                   {"1h30m", wednesday - 90min},
                   {"  45   MIN  ", wednesday - 45min},
                   {"an hour ago", wednesday - 1h},
                   {"-3d", wednesday - days(3)},
                   {"a month ago", at(2025, 5, 18, 15, 30)},
                   {"10 years ago", at(2015, 6, 18, 15, 30)},
                   {"in 1 month", at(2025, 7, 18, 15, 30)}});
    check_moments({{"1 month ago", at(2024, 2, 29, 8)}}, at(2024, 3, 31, 8));
    check_moments({{"1 month ago", at(2023, 12, 15)}, {"13 months ago", at(2022, 12, 15)}},
                  at(2024, 1, 15));
}

TEST_CASE("dates are read in ISO form with and without time and zone") {
    check_moments({{"2024-01-15", at(2024, 1, 15)},
                   {"2024-01-15T10:30:00Z", at(2024, 1, 15, 10, 30)},
                   {"2024-01-15T10:30:00.123456Z", at(2024, 1, 15, 10, 30)},
                   {"2024-01-15T10:30:00+02:00", at(2024, 1, 15, 8, 30)},
                   {"2024-01-15T10:30:00-0530", at(2024, 1, 15, 16, 0)},
                   {"2024-01-15 10:30", at(2024, 1, 15, 10, 30)},
                   {"2024-01-15 10:30:05 UTC", at(2024, 1, 15, 10, 30, 5)},
                   {"2024-01", at(2024, 1, 1)},
                   {"2024", at(2024, 1, 1)},
                   {"20240115", at(2024, 1, 15)},
                   {"2024/01/15", at(2024, 1, 15)},
                   {"01/15/2024", at(2024, 1, 15)},
                   {"15.01.2024", at(2024, 1, 15)}});
}

TEST_CASE("dates are read with month names") {
    check_moments({{"March 2024", at(2024, 3, 1)},
                   {"5 March", at(2025, 3, 5)},
                   {"March 5", at(2025, 3, 5)},
                   {"December 24", at(2024, 12, 24)},
                   {"June 18", at(2025, 6, 18)},
                   {"June 19", at(2024, 6, 19)},
                   {"february 29", at(2024, 2, 29)},
                   {"March 5, 2024", at(2024, 3, 5)},
                   {"5th of March 2024", at(2024, 3, 5)},
                   {"1st Sept 2024", at(2024, 9, 1)},
                   {"on May 3rd, 2024 at 5pm", at(2024, 5, 3, 17)},
                   {"Mar 5 2024 10:30 am", at(2024, 3, 5, 10, 30)},
                   {"5 March 12:15 am", at(2025, 3, 5, 0, 15)},
                   {"April", at(2025, 4, 1)},
                   {"August", at(2024, 8, 1)}});
}

TEST_CASE("week days are the last ones") {
    check_moments({{"Monday", at(2025, 6, 16)},
                   {"last monday", at(2025, 6, 16)},
                   {"on Friday", at(2025, 6, 13)},
                   {"Wednesday", at(2025, 6, 18)},
                   {"last Wednesday", at(2025, 6, 11)},
                   {"next Friday", at(2025, 6, 20)},
                   {"this sun", at(2025, 6, 15)},
                   {"Tuesday 09:15", at(2025, 6, 17, 9, 15)},
                   {"yesterday at 10:30", at(2025, 6, 17, 10, 30)},
                   {"today 8am", at(2025, 6, 18, 8)}});
}

TEST_CASE("a value without zone is local time") {
    const seconds tokyo = 9h;
    const seconds new_york = -4h;
    check_moments({{"2024-01-15", at(2024, 1, 14, 15)},
                   {"2024-01-15 10:30", at(2024, 1, 15, 1, 30)},
                   {"2024-01-15T10:30:00Z", at(2024, 1, 15, 10, 30)},
                   {"Thursday", at(2025, 6, 18, 15)}},  // it is Thursday there already
                  wednesday, tokyo);
    check_moments({{"2024-01-15", at(2024, 1, 15, 4)}, {"yesterday 00:00", at(2025, 6, 17, 4)}},
                  wednesday, new_york);
    // The day of the month is the local one: 23:00 on March 31st in New York.
    check_moments({{"1 month ago", at(2025, 3, 1, 3)}}, at(2025, 4, 1, 3), new_york);
}

TEST_CASE("a window is at least one day long") {
    for (const std::string text :
         {"today", "TODAY", "now", "1h", "tomorrow", "in 3 days", "next week", "0d"}) {
        CAPTURE(text);
        const auto start = bm::timeframe_start(text, wednesday, utc);
        REQUIRE(start);
        CHECK((wednesday - *start).count() == seconds(24h).count());
    }
    const auto start = bm::timeframe_start("7d", wednesday, utc);
    REQUIRE(start);
    CHECK((wednesday - *start).count() == seconds(days(7)).count());
    CHECK_FALSE(bm::timeframe_start("soon", wednesday, utc));
}
