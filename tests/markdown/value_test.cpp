#include "markdown/value.hpp"

#include <cmath>
#include <limits>
#include <string>

#include <doctest/doctest.h>

using bm::Member;
using bm::Scalar;
using bm::ScalarKind;
using bm::Value;
using bm::ValueList;
using bm::ValueMap;

TEST_CASE("a value is null until it is something else") {
    CHECK(Value().is_null());
    CHECK_FALSE(Value::string("").is_null());
    CHECK_FALSE(Value(ValueList{}).is_null());
    CHECK(Value().list() == nullptr);
    CHECK(Value(ValueMap{}).map() != nullptr);
}

TEST_CASE("assigning keeps a key's place and appends new keys") {
    ValueMap map{{"a", Value::integer(1)}, {"b", Value::integer(2)}};
    bm::assign(map, "a", Value::string("x"));
    bm::assign(map, "c", Value());
    CHECK(bm::to_json(map) == R"({"a":"x","b":2,"c":null})");
    bm::erase(map, "b");
    CHECK(bm::to_json(map) == R"({"a":"x","c":null})");
    CHECK(bm::find(map, "b") == nullptr);
    REQUIRE(bm::find(map, "a") != nullptr);
    CHECK(*bm::find(map, "a") == Value::string("x"));
}

TEST_CASE("merging many members gives what assigning them one by one gives") {
    ValueMap base;
    ValueMap changes;
    for (int i = 0; i < 60; ++i) base.push_back(Member{"k" + std::to_string(i), Value::integer(i)});
    for (int i = 40; i < 100; ++i) {
        changes.push_back(Member{"k" + std::to_string(i), Value::integer(-i)});
    }
    changes.push_back(Member{"k99", Value::string("last")});
    ValueMap assigned = base;
    for (const Member& change : changes) bm::assign(assigned, change.key, change.value);
    bm::merge(base, changes);
    CHECK(base == assigned);
    CHECK(base.size() == 100);
}

TEST_CASE("JSON keeps the type of every scalar that JSON can hold") {
    struct Case {
        ScalarKind kind;
        const char* text;
        const char* json;
    };
    for (const auto& [kind, text, json] : {
             Case{ScalarKind::null, "", "null"},
             Case{ScalarKind::boolean, "yes", "true"},
             Case{ScalarKind::boolean, "OFF", "false"},
             Case{ScalarKind::integer, "007", "7"},
             Case{ScalarKind::integer, "0x1F", "31"},
             Case{ScalarKind::integer, "1_000", "1000"},
             Case{ScalarKind::integer, "12:30", "750"},
             Case{ScalarKind::integer, "+5", "5"},
             Case{ScalarKind::integer, "123456789012345678901234567890",
                  "123456789012345678901234567890"},
             Case{ScalarKind::floating, ".5", "0.5"},
             Case{ScalarKind::floating, "1.", "1.0"},
             Case{ScalarKind::floating, "1.0e+20", "1e+20"},
             Case{ScalarKind::floating, ".inf", "\"inf\""},
             Case{ScalarKind::floating, "-.INF", "\"-inf\""},
             Case{ScalarKind::floating, ".nan", "\"nan\""},
             Case{ScalarKind::date, "2024-01-15", "\"2024-01-15\""},
             Case{ScalarKind::timestamp, "2024-01-15 10:30:00", "\"2024-01-15 10:30:00\""},
             Case{ScalarKind::string, "42", "\"42\""},
         }) {
        const std::string spelling = text;
        CAPTURE(spelling);
        CHECK(bm::to_json(Value(Scalar{kind, text})) == json);
    }
}

TEST_CASE("JSON strings are escaped and invalid UTF-8 is replaced") {
    CHECK(bm::to_json(Value::string("a\"b\\c\n\t\x01")) == R"("a\"b\\c\n\t\u0001")");
    CHECK(bm::to_json(Value::string("é 日本 🎉")) == "\"é 日本 🎉\"");
    CHECK(bm::to_json(Value::string("a\xFF")) == "\"a\xEF\xBF\xBD\"");
    CHECK(bm::to_json(ValueMap{{"k\"", Value(ValueList{Value::string("v"), Value()})}}) ==
          R"({"k\"":["v",null]})");
    CHECK(bm::to_json(ValueMap{}) == "{}");
    CHECK(bm::to_json(Value(ValueList{})) == "[]");
}

TEST_CASE("numbers are made in a spelling that YAML 1.1 reads as the same number") {
    CHECK(Value::integer(-7).scalar()->text == "-7");
    CHECK(Value::boolean(true).scalar()->text == "true");
    struct Case {
        double value;
        const char* text;
    };
    for (const auto& [value, text] :
         {Case{1, "1.0"}, Case{0.1, "0.1"}, Case{1e16, "1.0e+16"}, Case{1e-5, "1.0e-05"},
          Case{1.5e300, "1.5e+300"}, Case{123456789012345680.0, "1.2345678901234568e+17"},
          Case{std::numeric_limits<double>::infinity(), ".inf"},
          Case{-std::numeric_limits<double>::infinity(), "-.inf"}, Case{std::nan(""), ".nan"},
          Case{-0.0, "-0.0"}}) {
        CAPTURE(value);
        CHECK(Value::floating(value).scalar()->text == text);
    }
}
