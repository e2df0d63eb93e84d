#include "markdown/yaml_scalar.hpp"

#include <string>

#include <doctest/doctest.h>

using bm::Scalar;
using bm::ScalarKind;

TEST_CASE("a plain scalar has the type and value that YAML 1.1 gives it") {
    struct Case {
        const char* text;
        ScalarKind kind;
        const char* value;
    };
    constexpr auto string = ScalarKind::string;
    constexpr auto integer = ScalarKind::integer;
    constexpr auto floating = ScalarKind::floating;
    for (const auto& [text, kind, value] : {
             Case{"yes", ScalarKind::boolean, "True"},
             Case{"No", ScalarKind::boolean, "False"},
             Case{"ON", ScalarKind::boolean, "True"},
             Case{"off", ScalarKind::boolean, "False"},
             Case{"True", ScalarKind::boolean, "True"},
             Case{"tRUE", string, "tRUE"},
             Case{"y", string, "y"},
             Case{"N", string, "N"},
             Case{"nul", string, "nul"},
             Case{"0", integer, "0"},
             Case{"-0", integer, "0"},
             Case{"+12", integer, "12"},
             Case{"007", integer, "7"},
             Case{"-007", integer, "-7"},
             Case{"0_7", integer, "7"},
             Case{"00", integer, "0"},
             Case{"0_", integer, "0"},
             Case{"09", string, "09"},
             Case{"0o7", string, "0o7"},
             Case{"0x1F", integer, "31"},
             Case{"0x_1", integer, "1"},
             Case{"0x_", string, "0x_"},
             Case{"0xFFFFFFFFFFFFFFFF", integer, "18446744073709551615"},
             Case{"0x10000000000000000", string, "0x10000000000000000"},
             Case{"0b101", integer, "5"},
             Case{"0b_", string, "0b_"},
             Case{"0b2", string, "0b2"},
             Case{"1_000", integer, "1000"},
             Case{"_1", string, "_1"},
             Case{"99999999999999999999999", integer, "99999999999999999999999"},
             Case{"12:30", integer, "750"},
             Case{"-12:30", integer, "-750"},
             Case{"12:30:45", integer, "45045"},
             Case{"1:2", integer, "62"},
             Case{"1:60", string, "1:60"},
             Case{"08:30", string, "08:30"},
             Case{"0:0", string, "0:0"},
             Case{"9999999999:00:00:00:00:00", integer, "7775999999222400000"},
             Case{"99999999999:00:00:00:00:00", string, "99999999999:00:00:00:00:00"},
             Case{"1.5", floating, "1.5"},
             Case{"-1.5", floating, "-1.5"},
             Case{"1.", floating, "1.0"},
             Case{"0.", floating, "0.0"},
             Case{".5", floating, "0.5"},
             Case{"-.5", string, "-.5"},
             Case{"._5", string, "._5"},
             Case{".", string, "."},
             Case{"1_0.5_0", floating, "10.5"},
             Case{"1e3", string, "1e3"},
             Case{"1.5e3", string, "1.5e3"},
             Case{"1.5e+3", floating, "1500.0"},
             Case{"1.e+3", floating, "1000.0"},
             Case{".5e+3", floating, "500.0"},
             Case{"1.0e+400", floating, "inf"},
             Case{"1.0e-400", floating, "0.0"},
             Case{"1:30.5", floating, "90.5"},
             Case{"12:30.", floating, "750.0"},
             Case{"190:20:30.15", floating, "685230.15"},
             Case{"1:30.5e+3", string, "1:30.5e+3"},
             Case{".inf", floating, "inf"},
             Case{"-.Inf", floating, "-inf"},
             Case{".NaN", floating, "nan"},
             Case{"-.nan", string, "-.nan"},
             Case{"1.2.3", string, "1.2.3"},
             Case{"2024-01-15", ScalarKind::date, "2024-01-15"},
             Case{"2024-1-5", string, "2024-1-5"},
             Case{"2024-02-30", string, "2024-02-30"},
             Case{"0000-01-01", string, "0000-01-01"},
             Case{"2024-01-15 10:30:00", ScalarKind::timestamp, "2024-01-15T10:30:00"},
             Case{"2024-1-5 1:02:03", ScalarKind::timestamp, "2024-01-05T01:02:03"},
             Case{"2024-01-15T10:30:00Z", ScalarKind::timestamp, "2024-01-15T10:30:00+00:00"},
             Case{"2024-01-15t10:30:00.5 +2", ScalarKind::timestamp,
                  "2024-01-15T10:30:00.500000+02:00"},
             Case{"2024-01-15T10:30:00.123456789-03:30", ScalarKind::timestamp,
                  "2024-01-15T10:30:00.123456-03:30"},
             Case{"2024-01-15 10:30:00.Z", ScalarKind::timestamp, "2024-01-15T10:30:00+00:00"},
             Case{"2024-01-15T10:30", string, "2024-01-15T10:30"},
             Case{"2024-01-15T25:00:00", string, "2024-01-15T25:00:00"},
             Case{"2024-01-15 10:30:00 +99:00", string, "2024-01-15 10:30:00 +99:00"},
             Case{"=", string, "="},
             Case{"<<", string, "<<"},
         }) {
        const std::string spelling = text;
        CAPTURE(spelling);
        const Scalar scalar = bm::resolve_plain(spelling);
        CHECK(scalar.kind == kind);
        CHECK(scalar.text == spelling);
        CHECK(bm::normal_form(scalar) == value);
    }
}

TEST_CASE("every spelling of null has no text") {
    for (const char* text : {"", "~", "null", "Null", "NULL"}) {
        CAPTURE(text);
        CHECK(bm::resolve_plain(text) == Scalar{});
    }
}

TEST_CASE("text of the shape of another type must be quoted even when it has no value") {
    for (const char* text : {"2024-13-45", "0x_", "0x10000000000000000", "2024-01-15T25:00:00"}) {
        CAPTURE(text);
        CHECK(bm::resolve_plain(text).kind == ScalarKind::string);
        CHECK(bm::plain_kind(text) != ScalarKind::string);
    }
}
