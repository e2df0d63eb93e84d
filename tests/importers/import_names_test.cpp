#include "importers/import_names.hpp"

#include <limits>

#include <doctest/doctest.h>

#include "tests/support/local_zone.hpp"

namespace bm {
namespace {

std::string times(std::size_t count, const std::string& text) {
    std::string all;
    for (std::size_t i = 0; i < count; ++i) all += text;
    return all;
}

TEST_CASE("names of exports become names of files") {
    struct Case {
        std::string name;
        std::string clean;
    };
    for (const auto& [name, clean] : {Case{"", "untitled"},
                                      {"Plain", "Plain"},
                                      {"a - b: (c)", "a_b_c_"},
                                      {"a - & - b", "a__b"},
                                      {"a _b", "a__b"},
                                      {"../../etc/passwd", "_etc_passwd"},
                                      {"x?*<>|\"'!y", "xy"},
                                      {"Grüße 漢字", "Grüße_漢字"},
                                      {"🍞", "untitled"},
                                      {std::string("nu\0l", 4), "nul"},
                                      {times(300, "a"), times(100, "a")},
                                      {times(300, "漢"), times(73, "漢")}}) {
        CAPTURE(name);
        CHECK(clean_import_name(name) == clean);
    }
}

TEST_CASE("names that stay raw are kept below their folder") {
    struct Case {
        std::string name;
        std::string path;
    };
    for (const auto& [name, path] : {Case{"", "untitled"},
                                     {"Ada Lovelace", "Ada Lovelace"},
                                     {"a/b", "a/b"},
                                     {"/abs", "abs"},
                                     {"..", "untitled"},
                                     {"../../x", "x"},
                                     {"a/../b", "a/b"},
                                     {"a\\..\\b", "a/b"},
                                     {".hidden/.x", "hidden/x"},
                                     {". . x", "x"},
                                     {std::string("a\0b\nc\x7f", 6), "abc"},
                                     {times(300, "y"), times(220, "y")},
                                     {times(100, "漢"), times(73, "漢")}}) {
        CAPTURE(name);
        CHECK(confined_import_path(name) == path);
    }
}

TEST_CASE("times are wall clocks, or none") {
    const test::LocalZone zone(test::kBerlin);
    struct Case {
        std::string written;
        std::optional<std::string> clock;
    };
    for (const auto& [written, clock] : {Case{"2024-01-31T09:05:07.123Z", "2024-01-31 09:05:07"},
                                         {"2024-01-31T09:05:07+05:00", "2024-01-31 09:05:07"},
                                         {"2024-01-31 09:05", "2024-01-31 09:05:00"},
                                         {"2024-01-31", "2024-01-31 00:00:00"},
                                         {"1706700000", "2024-01-31 12:20:00"},
                                         {"1706700000.9", "2024-01-31 12:20:00"},
                                         {"1720000000", "2024-07-03 11:46:40"},
                                         {"0", "1970-01-01 01:00:00"},
                                         {"-1", "1970-01-01 00:59:59"},
                                         {"2024-02-30", std::nullopt},
                                         {"2024-01-31T25:00:00", std::nullopt},
                                         {"2024-01-31x", std::nullopt},
                                         {"0000-01-01", std::nullopt},
                                         {"yesterday", std::nullopt},
                                         {"", std::nullopt},
                                         {"nan", std::nullopt},
                                         {"inf", std::nullopt},
                                         {"1e300", std::nullopt}}) {
        CAPTURE(written);
        CHECK(wall_clock(written) == clock);
    }
    for (const double number :
         {1e300, -1e300, 253'402'300'800.0, -62'135'596'801.0,
          std::numeric_limits<double>::quiet_NaN(), std::numeric_limits<double>::infinity()}) {
        CAPTURE(number);
        CHECK_FALSE(wall_clock(number));
    }
    CHECK(compact_date("2024-01-31 09:05:07") == "20240131");
}

TEST_CASE("a fence is longer than every fence in its text") {
    CHECK(fenced_text("", "x") == "```\nx\n```");
    CHECK(fenced_text("c\n++", "a ``` b ````") == "`````c ++\na ``` b ````\n`````");
    CHECK(fenced_text("", "") == "```\n\n```");
}

TEST_CASE("words of exports fit on one line") {
    CHECK(on_one_line(std::string("\n a\r\n\r\nb\0c \n", 11)) == "a b c");
    CHECK(on_one_line("\n") == "");
    CHECK(capitalised("uSER") == "User");
    CHECK(capitalised("") == "");
    CHECK(capitalised("\xC3\xA4x") == "\xC3\xA4x");
}

}  // namespace
TEST_CASE("one moment has other hours elsewhere, and the same minutes and seconds") {
    using bm::may_be_one_moment;
    CHECK(may_be_one_moment("2024-01-31 23:05:07", "2024-02-01T04:35:07"));
    CHECK(may_be_one_moment("2024-03-01 00:00:00", "2024-02-29 00:00:00"));
    CHECK(may_be_one_moment("2024-01-31 09:05:00", "2024-01-31T09:05"));
    CHECK_FALSE(may_be_one_moment("2024-01-31 23:05:07", "2024-01-31 23:05:08"));
    CHECK_FALSE(may_be_one_moment("2024-01-31 23:05:07", "2024-02-02 23:05:07"));
    CHECK(may_be_one_moment("some day", "some day"));
    CHECK_FALSE(may_be_one_moment("some day", "2024-01-31 23:05:07"));
}

TEST_CASE("the day before and after, over the ends of months and years") {
    CHECK(bm::compact_date("2024-03-01 09:00:00", -1) == "20240229");
    CHECK(bm::compact_date("2023-12-31 09:00:00", 1) == "20240101");
    CHECK(bm::compact_date("0001-01-01 00:00:00") == "00010101");
}

}  // namespace bm
