#include "repository/jsonc_edit.hpp"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include "repository/jsonc_reader.hpp"

namespace bm {
namespace {

std::string with(std::string_view text, const JsonPath& path, std::string_view value) {
    const auto edited = with_jsonc_value(text, path, value);
    if (!edited) return "refused: " + edited.error().message;
    return *edited;
}

std::string without(std::string_view text, const JsonPath& path) {
    const auto edited = without_jsonc_value(text, path);
    if (!edited) return "refused: " + edited.error().message;
    return *edited;
}

constexpr std::string_view kEntry = R"({"command":"bm"})";

TEST_CASE("a new member is put behind the last one, laid out like it") {
    CHECK(with("{\n    \"a\": 1\n}\n", {"b"}, kEntry) ==
          "{\n    \"a\": 1,\n    \"b\": {\n        \"command\": \"bm\"\n    }\n}\n");
    CHECK(with("{\n\t\"a\": {\n\t\t\"x\": 1\n\t}\n}", {"a", "y"}, "2") ==
          "{\n\t\"a\": {\n\t\t\"x\": 1,\n\t\t\"y\": 2\n\t}\n}");
    CHECK(with("{\r\n  \"a\": 1\r\n}\r\n", {"b"}, "2") ==
          "{\r\n  \"a\": 1,\r\n  \"b\": 2\r\n}\r\n");
    CHECK(with(R"({"a":1})", {"b"}, kEntry) == R"({"a":1, "b": {"command":"bm"}})");
    CHECK(with("", {"a", "b"}, "1") == "{\n  \"a\": {\n    \"b\": 1\n  }\n}\n");
    CHECK(with(" \n", {"a"}, "1") == "{\n  \"a\": 1\n}\n");
    CHECK(with("{}", {"a"}, "1") == "{\n  \"a\": 1\n}");
    CHECK(with("{\n  \"a\": {}\n}\n", {"a", "b"}, "1") == "{\n  \"a\": {\n    \"b\": 1\n  }\n}\n");
}

TEST_CASE("comments and trailing commas stay where they are") {
    CHECK(with("{\n  // first\n  \"a\": 1, // one\n  /* last */\n}\n", {"b"}, "2") ==
          "{\n  // first\n  \"a\": 1, // one\n  /* last */\n  \"b\": 2,\n}\n");
    CHECK(with("{\n  \"a\": 1 // one\n}\n", {"b"}, "2") ==
          "{\n  \"a\": 1, // one\n  \"b\": 2\n}\n");
    CHECK(with("{\n  // nothing yet\n}\n", {"b"}, "2") == "{\n  // nothing yet\n  \"b\": 2\n}\n");
    CHECK(with("// head\n{\"a\": [1, /* x */ 2,],}\n// foot", {"a", "0"}, "7") ==
          "// head\n{\"a\": [7, /* x */ 2,],}\n// foot");
}

TEST_CASE("a member that is there is replaced in its place, the last of its name") {
    CHECK(with("{\n  \"a\": {\"x\": 1}, // why\n  \"b\": 2\n}", {"a"}, "[]") ==
          "{\n  \"a\": [], // why\n  \"b\": 2\n}");
    CHECK(with(R"({"a": 1, "a": 2})", {"a"}, "3") == R"({"a": 1, "a": 3})");
    CHECK(with(R"({"\u0061": 1})", {"a"}, "2") == R"({"\u0061": 2})");
}

TEST_CASE("elements of arrays are put behind the last one and taken out by number") {
    const std::string before = "{\n  \"hooks\": [\n    {\n      \"x\": 1\n    }\n  ]\n}\n";
    const std::string after =
        "{\n  \"hooks\": [\n    {\n      \"x\": 1\n    },\n    {\n      \"y\": 2\n    }\n  ]\n}\n";
    CHECK(with(before, {"hooks", "-"}, R"({"y":2})") == after);
    CHECK(without(after, {"hooks", "1"}) == before);
    CHECK(with("{}", {"a", "-"}, "1") == "{\n  \"a\": [\n    1\n  ]\n}");
    CHECK(with(R"({"a":[]})", {"a", "3"}, "1").starts_with("refused: "));
}

TEST_CASE("what is taken out goes with its comma and its line, and nothing else") {
    CHECK(without("{\n  \"a\": 1,\n  \"b\": 2\n}\n", {"b"}) == "{\n  \"a\": 1\n}\n");
    CHECK(without("{\n  \"a\": 1,\n  \"b\": 2\n}\n", {"a"}) == "{\n  \"b\": 2\n}\n");
    CHECK(without("{\n  \"a\": 1, // one\n  \"b\": 2}\n", {"b"}) == "{\n  \"a\": 1 // one\n}\n");
    CHECK(without("{\n  \"a\": 1, // one\n  \"b\": 2,\n}\n", {"a"}) ==
          "{\n   // one\n  \"b\": 2,\n}\n");
    CHECK(without(R"({"a":1, "b":2})", {"b"}) == R"({"a":1})");
    CHECK(without(R"({"a":1})", {"a"}) == "{}");
    CHECK(without(R"({"a":1, "b":2, "a":3})", {"a"}) == R"({ "b":2})");
    CHECK(without("{\"a\":1}\n", {"x", "y"}) == "{\"a\":1}\n");
    CHECK(without("", {"x"}).empty());
}

TEST_CASE("what was put and taken out again leaves the text as it was") {
    for (const std::string_view text :
         {"{}", "{}\n", "{\n  \"a\": 1\n}\n", "{\n  \"a\": 1,\n}\n", "{\"a\": 1}",
          "{ // c\n  \"a\": 1 // one\n  // two\n}\n", "{\n\t\"a\": [\n\t\t1,\n\t]\n}",
          "{\r\n  \"a\": 1\r\n}\r\n", "{\n  \"s\": {}\n}", "\xEF\xBB\xBF{\n  \"a\": 1\n}\n"}) {
        CAPTURE(text);
        const std::string there = with(text, {"new one"}, kEntry);
        CHECK(read_jsonc(there).has_value());
        CHECK(jsonc_value(there, {"new one"}).value() == std::string(kEntry));
        CHECK(without(there, {"new one"}) == text);
    }
}

TEST_CASE("a value is read without comments and trailing commas") {
    const auto value =
        jsonc_value("{\"a\": {\"x\": [1, 2, /* no */], // c\n \"y\": \"//\",},}", {"a"});
    REQUIRE(value);
    CHECK(*value == std::string(R"({"x":[1,2],"y":"//"})"));
    CHECK(jsonc_value("{}", {"a"}).value() == std::nullopt);
    CHECK(jsonc_value("", {"a"}).value() == std::nullopt);
    CHECK(jsonc_value(R"({"a":[1]})", {"a", "0"}).value() == std::string("1"));
}

TEST_CASE("a text that is malformed is refused with its place, whatever is asked") {
    for (const std::string_view text :
         {"{", "}", "{\"a\":}", "{\"a\" 1}", "{a: 1}", "{\"a\": 1 \"b\": 2}", "{\"a\": 01}",
          "{\"a\": \"x\n\"}", "{\"a\": nul}", "{,}", "[,]", "{} {}", "{/* }", "{\"a\": \"\\q\"}",
          "{\"a\": 1,, }", "'a'"}) {
        CAPTURE(text);
        CHECK(with(text, {"z"}, "1").starts_with("refused: line "));
        CHECK(without(text, {"z"}).starts_with("refused: line "));
        CHECK_FALSE(jsonc_value(text, {"z"}));
    }
    CHECK(with("{\n  \"a\": 1\n  \"b\": 2\n}", {"z"}, "1") ==
          "refused: line 3, column 3: a comma is missing");
    CHECK(with(std::string(100'000, '['), {"z"}, "1").starts_with("refused: line 1"));
    CHECK(with(R"({"a": 1})", {"a", "b"}, "1") ==
          "refused: \"a\" is neither an object nor an array");
    CHECK(with("1", {"a"}, "1") == "refused: it holds no object");
}

}  // namespace
}  // namespace bm
