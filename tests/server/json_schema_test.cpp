#include "tests/support/json_schema.hpp"

#include <stdexcept>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "tests/support/wire_check.hpp"

using bm::test::JsonSchema;
using Json = JsonSchema::Json;

namespace {

bool fits(const char* schema, const char* value,
          JsonSchema::Members members = JsonSchema::Members::open) {
    return !JsonSchema(Json::parse(schema)).violation(Json::parse(value), members);
}

}  // namespace

TEST_CASE("the schema validator knows each keyword") {
    struct Case {
        const char* schema;
        std::vector<const char*> good;
        std::vector<const char*> bad;
    };
    for (
        const Case& c : std::vector<Case>{
            {R"({"type":"string"})", {"\"\""}, {"1", "null", "[]"}},
            {R"({"type":"integer"})", {"1", "-1", "1.0"}, {"1.5", "\"1\"", "true"}},
            {R"({"type":"number"})", {"1", "1.5"}, {"\"1\""}},
            {R"({"type":"boolean"})", {"true"}, {"0"}},
            {R"({"type":"null"})", {"null"}, {"0"}},
            {R"({"type":["string","integer"]})", {"1", "\"x\""}, {"null", "1.5"}},
            {R"({"type":"object","required":["a"]})", {R"({"a":null})"}, {"{}", "[]"}},
            {R"({"required":["a"]})", {R"({"a":1})", "3"}, {"{}"}},
            {R"({"properties":{"a":{"type":"string"}}})",
             {"{}", R"({"a":"x"})", R"({"b":1})", "3"},
             {R"({"a":1})"}},
            {R"({"additionalProperties":false})", {"{}", "3"}, {R"({"a":1})"}},
            {R"({"properties":{"a":{}},"additionalProperties":{"type":"string"}})",
             {R"({"a":1,"b":"x"})"},
             {R"({"b":1})"}},
            {R"({"items":{"type":"string"}})", {"[]", R"(["x"])", "3"}, {R"(["x",1])"}},
            {R"({"minItems":1,"maxItems":2})", {"[1]", "[1,2]"}, {"[]", "[1,2,3]"}},
            {R"({"minimum":0,"maximum":1})", {"0", "1", "0.5", "\"x\""}, {"-1", "1.5"}},
            {R"({"const":"x"})", {"\"x\""}, {"\"y\""}},
            {R"({"enum":["x",1]})", {"\"x\"", "1"}, {"2"}},
            {R"({"anyOf":[{"type":"string"},{"type":"integer"}]})", {"1", "\"x\""}, {"null"}},
            {R"({"oneOf":[{"type":"number"},{"type":"integer"}]})", {"1.5"}, {"1", "null"}},
            {R"({"allOf":[{"type":"number"},{"minimum":3}]})", {"3"}, {"2", "\"x\""}},
            {R"({"format":"uri","description":"x","$comment":"y"})", {"1"}, {}},
            {R"({"definitions":{"A":{"type":"array","items":{"$ref":"#/definitions/A"}}},"$ref":"#/definitions/A"})",
             {"[]", "[[],[[]]]"},
             {"[1]", "[[[1]]]"}},
        }) {
        CAPTURE(c.schema);
        for (const char* value : c.good) {
            CAPTURE(value);
            CHECK(fits(c.schema, value));
        }
        for (const char* value : c.bad) {
            CAPTURE(value);
            CHECK_FALSE(fits(c.schema, value));
        }
    }
}

TEST_CASE("closed objects have no members beyond the listed ones") {
    constexpr auto closed = JsonSchema::Members::closed;
    const char* schema =
        R"({"properties":{"a":{"properties":{"b":{}}},"_meta":{"properties":{}},"open":{"properties":{},"additionalProperties":{}}}})";
    CHECK(fits(schema, R"({"a":{"b":1},"_meta":{"x":1},"open":{"x":1}})", closed));
    CHECK_FALSE(fits(schema, R"({"c":1})", closed));
    CHECK_FALSE(fits(schema, R"({"a":{"c":1}})", closed));
    CHECK(fits(schema, R"({"c":1})"));
}

TEST_CASE("a violation says where it is") {
    const JsonSchema schema(
        Json::parse(R"({"$defs":{"A":{"properties":{"list":{"items":{"type":"string"}}}}}})"));
    CHECK(schema.violation("A", Json::parse(R"({"list":["x",7]})")) ==
          "A/list/1: is not of type string: 7");
    CHECK(schema.violation("B", Json()) == "the schema defines no B");
    CHECK(schema.defines("A"));
}

TEST_CASE("what the validator does not know it does not pass over") {
    CHECK_THROWS_AS(fits(R"({"pattern":"x"})", "1"), std::runtime_error);
    CHECK_THROWS_AS(fits(R"({"$ref":"http://x/"})", "1"), std::runtime_error);
    CHECK_THROWS_AS(fits(R"({"type":"text"})", "1"), std::runtime_error);
}

TEST_CASE("the official schemas accept a good message of each revision and refuse a bad one") {
    for (const char* revision :
         {"2024-11-05", "2025-03-26", "2025-06-18", "2025-11-25", "2026-07-28"}) {
        CAPTURE(revision);
        const JsonSchema& schema = bm::test::revision_schema(revision);
        Json result = {{"content", {{{"type", "text"}, {"text", "x"}}}},
                       {"resultType", "complete"}};
        CHECK(schema.violation("CallToolResult", result) == std::nullopt);
        result["content"][0]["text"] = 3;
        CHECK(schema.violation("CallToolResult", result));
        CHECK(schema.violation("CallToolResult", Json::object()));
    }
    // A member that an older revision does not have.
    const Json tool = {{"name", "x"}, {"title", "X"}, {"inputSchema", {{"type", "object"}}}};
    CHECK(bm::test::revision_schema("2025-03-26")
              .violation("Tool", tool, JsonSchema::Members::closed));
    CHECK_FALSE(bm::test::revision_schema("2025-06-18")
                    .violation("Tool", tool, JsonSchema::Members::closed));
}
