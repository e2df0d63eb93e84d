#include "tools/json_value.hpp"

#include <utility>
#include <vector>

#include <doctest/doctest.h>

namespace bm {
namespace {

TEST_CASE("values from clients keep their type and order in a note") {
    const Json json = Json::parse(
        R"({"z": "text", "a": 3, "big": 18446744073709551615, "half": 0.5, "yes": true,
            "none": null, "list": ["x", [1]], "map": {"b": 1, "a": 2}})");
    const ValueMap map = value_map_of(json);
    REQUIRE(map.size() == 8);
    CHECK(map[0].key == "z");
    CHECK(find(map, "a")->scalar()->kind == ScalarKind::integer);
    CHECK(find(map, "big")->scalar()->text == "18446744073709551615");
    CHECK(find(map, "half")->scalar()->kind == ScalarKind::floating);
    CHECK(find(map, "yes")->scalar()->kind == ScalarKind::boolean);
    CHECK(find(map, "none")->is_null());
    CHECK(json_of(map) == json);
    CHECK(value_map_of(Json::array()).empty());
}

TEST_CASE("messages show values the way clients know them") {
    const std::vector<std::pair<Json, std::string>> cases{
        {"text", "'text'"},
        {"it's", "\"it's\""},
        {"it's \"so\"", "'it\\'s \"so\"'"},
        {"a\nb\tc\\", "'a\\nb\\tc\\\\'"},
        {std::string("\x01"), "'\\x01'"},
        {"naïve 文字", "'naïve 文字'"},
        {5, "5"},
        {2.5, "2.5"},
        {true, "True"},
        {false, "False"},
        {nullptr, "None"},
        {{"a", 1}, "['a', 1]"},
        {Json::parse(R"({"a": 1, "b": [null]})"), "{'a': 1, 'b': [None]}"},
        {Json::array(), "[]"},
        {Json::object(), "{}"},
    };
    for (const auto& [value, text] : cases) {
        CAPTURE(text);
        CHECK(shown(value) == text);
    }
}

TEST_CASE("messages do not repeat whole notes") {
    const std::string note(100'000, 'x');
    CHECK(shown(Json(note)).size() < 1000);
    CHECK(shown(std::string_view(note)).size() < 1000);
    CHECK(shown(Json(std::vector<std::string>(10'000, "word"))).size() < 2000);
}

TEST_CASE("JSON text is read within limits") {
    CHECK(parse_json("{\"a\": 1}"));
    CHECK_FALSE(parse_json("{"));
    CHECK_FALSE(parse_json(""));
    CHECK_FALSE(parse_json(std::string(65, '[') + std::string(65, ']')));
    CHECK(parse_json(std::string(64, '[') + std::string(64, ']')));
    CHECK(parse_json("\"" + std::string(1000, '[') + "\""));
}

TEST_CASE("compact JSON has no blanks and keeps letters of every script") {
    CHECK(compact_json(Json::parse(R"({"a": [1, "é"], "b": null})")) ==
          R"({"a":[1,"é"],"b":null})");
    CHECK(compact_json(Json(std::string("\xff"))) == "\"\xEF\xBF\xBD\"");
}

}  // namespace
}  // namespace bm
