#include "markdown/written_time.hpp"

#include <string>

#include <doctest/doctest.h>

TEST_CASE("ISO 8601 moments are read in their common forms") {
    struct Case {
        const char* text;
        const char* moment;
    };
    for (const auto& [text, moment] : {
             Case{"2024-01-15", "2024-01-15T00:00:00"},
             Case{"20240115", "2024-01-15T00:00:00"},
             Case{"2024-W03-1", "2024-01-15T00:00:00"},
             Case{"2024W031", "2024-01-15T00:00:00"},
             Case{"2024-W03", "2024-01-15T00:00:00"},
             Case{"2020-W53-7", "2021-01-03T00:00:00"},
             Case{"2024-01-15T10", "2024-01-15T10:00:00"},
             Case{"2024-01-15T10:30", "2024-01-15T10:30:00"},
             Case{"2024-01-15 10:30:05", "2024-01-15T10:30:05"},
             Case{" 2024-01-15t103005 ", "2024-01-15T10:30:05"},
             Case{"2024-01-15T10:30:05.25", "2024-01-15T10:30:05.250000"},
             Case{"2024-01-15T10:30:05,1234567", "2024-01-15T10:30:05.123456"},
             Case{"2024-01-15T10:30:05Z", "2024-01-15T10:30:05+00:00"},
             Case{"2024-01-15T10:30+02:00", "2024-01-15T10:30:00+02:00"},
             Case{"2024-01-15T10:30:05-0330", "2024-01-15T10:30:05-03:30"},
             Case{"2024-01-15T10:30:05+01:02:03", "2024-01-15T10:30:05+01:02:03"},
             Case{"0001-01-01", "0001-01-01T00:00:00"},
             Case{"9999-12-31T23:59:59.999999", "9999-12-31T23:59:59.999999"},
         }) {
        const std::string written = text;
        CAPTURE(written);
        const auto read = bm::parse_iso_time(written);
        REQUIRE(read);
        CHECK(bm::iso_format(*read) == moment);
    }
}

TEST_CASE("what is no moment is not read as one") {
    for (const char* text : {"",
                             "2024",
                             "2024-01",
                             "2024-13-01",
                             "2024-02-30",
                             "0000-01-01",
                             "15.01.2024",
                             "yesterday",
                             "2024-01-15T",
                             "2024-01-15T24:00",
                             "2024-01-15T10:60",
                             "2024-01-15X10:30",
                             "2024-01-15T10:30:05.",
                             "2024-01-15T10:30Zx",
                             "2024-01-15T10:30+24:00",
                             "2024-01-15T10:30+02:60",
                             "2021-W53-1",
                             "2024-W00-1",
                             "2024-W03-8",
                             "2024-0115"}) {
        CAPTURE(text);
        CHECK_FALSE(bm::parse_iso_time(text));
    }
}

TEST_CASE("a moment without offset stays local") {
    CHECK_FALSE(bm::parse_iso_time("2024-01-15T10:30")->offset);
    CHECK(bm::parse_iso_time("2024-01-15T10:30Z")->offset == std::chrono::seconds{0});
}
