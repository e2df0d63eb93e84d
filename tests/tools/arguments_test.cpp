#include "tools/arguments.hpp"

#include <limits>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

namespace bm {
namespace {

using Kind = Parameter::Kind;

std::vector<Parameter> sample() {
    return {{.name = "title", .required = true},
            {.name = "folder", .required = true, .aliases = {"dir"}, .second_name = "directory"},
            {.name = "count", .kind = Kind::integer, .fallback = 1, .minimum = 1, .maximum = 10},
            {.name = "limit", .kind = Kind::number},
            {.name = "quiet", .kind = Kind::boolean, .fallback = false},
            {.name = "tags", .kind = Kind::strings},
            {.name = "extra", .kind = Kind::object},
            {.name = "nodes", .kind = Kind::objects, .fallback = Json::array()},
            output_format_parameter()};
}

Json with(std::string_view name, Json value) {
    Json arguments = {{"title", "t"}, {"folder", "f"}};
    arguments[std::string(name)] = std::move(value);
    return arguments;
}

std::string problem_of(const Json& raw) {
    const auto arguments = Arguments::read(sample(), raw);
    REQUIRE_FALSE(arguments);
    return problem_text("a_tool", arguments.error());
}

Arguments read(const Json& raw) {
    const auto arguments = Arguments::read(sample(), raw);
    if (!arguments) FAIL(problem_text("a_tool", arguments.error()));
    return *arguments;
}

TEST_CASE("wrong arguments are refused with the sentences that clients know") {
    const std::vector<std::pair<Json, std::string>> cases{
        {Json::object(), "Input validation error: 'title' is a required property"},
        {{{"title", "t"}}, "Input validation error: 'folder' is a required property"},
        {{{"title", nullptr}, {"folder", "f"}},
         "Input validation error: None is not of type 'string'"},
        {with("title", 5), "Input validation error: 5 is not of type 'string'"},
        {with("title", {"a"}), "Input validation error: ['a'] is not of type 'string'"},
        {with("count", "x"), "Input validation error: 'x' is not of type 'integer'"},
        {with("count", ""), "Input validation error: '' is not of type 'integer'"},
        {with("count", 2.5), "Input validation error: 2.5 is not of type 'integer'"},
        {with("count", true), "Input validation error: True is not of type 'integer'"},
        {with("count", "99999999999999999999"),
         "Input validation error: '99999999999999999999' is not of type 'integer'"},
        {with("count", std::numeric_limits<std::uint64_t>::max()),
         "Input validation error: 18446744073709551615 is not of type 'integer'"},
        {with("quiet", "maybe"), "Input validation error: 'maybe' is not of type 'boolean'"},
        {with("quiet", 1), "Input validation error: 1 is not of type 'boolean'"},
        {with("limit", "wide"),
         "Input validation error: 'wide' is not valid under any of the given schemas"},
        {with("limit", "inf"),
         "Input validation error: 'inf' is not valid under any of the given schemas"},
        {with("tags", 5), "Input validation error: 5 is not valid under any of the given schemas"},
        {with("tags", {"ok", 1}),
         "Input validation error: ['ok', 1] is not valid under any of the given schemas"},
        {with("extra", "text"),
         "Input validation error: 'text' is not valid under any of the given schemas"},
        {with("extra", {1}),
         "Input validation error: [1] is not valid under any of the given schemas"},
        {with("nodes", 5), "Input validation error: 5 is not of type 'array'"},
        {with("nodes", Json::parse(R"({"a": 1})")),
         "Input validation error: {'a': 1} is not of type 'array'"},
        {with("nodes", Json::parse(R"([{}, 7])")),
         "Input validation error: 7 is not of type 'object'"},
        {with("output_format", "xml"),
         "Input validation error: 'xml' is not one of ['text', 'json']"},
    };
    for (const auto& [raw, text] : cases) {
        CAPTURE(raw.dump());
        CHECK(problem_of(raw) == text);
    }
    CHECK(problem_of(Json::array()) == "Input validation error: [] is not of type 'object'");
}

TEST_CASE("an unknown argument is refused by name and the accepted ones are listed") {
    const std::string text = problem_of(with("titel", 1));
    CHECK(
        text.starts_with("Error calling tool 'a_tool': 1 validation error for call[a_tool]\n"
                         "titel\n  Unexpected keyword argument"));
    CHECK(text.find("title, folder, count") != std::string::npos);
    Json two = with("first_typo", 1);
    two["second_typo"] = 2;
    CHECK(problem_of(two).find("'second_typo'") != std::string::npos);
    CHECK_FALSE(Arguments::read({}, {{"x", 1}}));
    CHECK(Arguments::read({}, nullptr));
}

TEST_CASE("numbers outside of their range are refused at the second step") {
    CHECK(problem_of(with("count", 0)) ==
          "Error calling tool 'a_tool': 1 validation error for call[a_tool]\ncount\n"
          "  Input should be greater than or equal to 1");
    CHECK(problem_of(with("count", 11)).find("less than or equal to 10") != std::string::npos);
    // What the schema refuses is told first.
    Json both = with("count", 0);
    both["tags"] = 5;
    CHECK(problem_of(both).starts_with("Input validation error: 5"));
}

TEST_CASE("values of another type are taken for what they mean") {
    const std::vector<std::pair<Json, std::int64_t>> integers{
        {2, 2}, {2.0, 2}, {"2", 2}, {" 2 ", 2}, {"2.0", 2}, {"2.", 0}, {nullptr, 1}};
    for (const auto& [raw, value] : integers) {
        CAPTURE(raw.dump());
        if (value == 0) {
            CHECK_FALSE(Arguments::read(sample(), with("count", raw)));
        } else {
            CHECK(read(with("count", raw)).integer("count") == value);
        }
    }
    for (const Json& raw : {Json(true), Json("true"), Json("True"), Json(" TRUE ")}) {
        CHECK(read(with("quiet", raw)).flag("quiet"));
    }
    CHECK_FALSE(read(with("quiet", "false")).flag("quiet"));
    CHECK(read(with("limit", "0.5")).optional_number("limit") == 0.5);
    CHECK(read(with("limit", 3)).optional_number("limit") == 3.0);
    CHECK(read(with("extra", R"({"a": [1]})")).json("extra") == Json::parse(R"({"a": [1]})"));
    CHECK(read(with("nodes", R"([{"id": "x"}])")).json("nodes").size() == 1);
}

TEST_CASE("a list may be a list or JSON text of one or words with commas") {
    using Strings = std::vector<std::string>;
    const std::vector<std::pair<Json, Strings>> cases{
        {{"a", " b ", ""}, {"a", "b"}},
        {"a, b ,,c", {"a", "b", "c"}},
        {R"(["x","y, z"])", {"x", "y, z"}},
        {"[bad", {"[bad"}},
        {"[1]", {"[1]"}},
        {"", {}},
        {nullptr, {}},
        {Json::array(), {}},
    };
    for (const auto& [raw, value] : cases) {
        CAPTURE(raw.dump());
        CHECK(read(with("tags", raw)).strings("tags") == value);
    }
}

TEST_CASE("JSON text that is nested without end or has too many members is no value") {
    const std::string deep = std::string(100'000, '[') + std::string(100'000, ']');
    CHECK_FALSE(Arguments::read(sample(), with("nodes", deep)));
    std::string wide = "{\"k\":0";
    for (int i = 0; i < 20'000; ++i) wide += ",\"k" + std::to_string(i) + "\":0";
    CHECK_FALSE(Arguments::read(sample(), with("extra", wide + "}")));
    CHECK(Arguments::read(sample(), with("extra", R"({"text": "[[[[ :::: {{{{"})")));
}

TEST_CASE("an argument is found under each of its names") {
    for (const char* name : {"folder", "directory", "dir"}) {
        CAPTURE(name);
        const Arguments arguments = read({{"title", "t"}, {name, "f"}});
        CHECK(arguments.text("folder") == "f");
        CHECK(arguments.spelling_of("folder") == name);
        CHECK(arguments.has("folder"));
    }
    // Null is no value, whatever its name.
    CHECK(read({{"title", "t"}, {"folder", nullptr}, {"dir", "f"}}).text("folder") == "f");
    CHECK(read({{"title", "t"}, {"folder", "f"}, {"dir", "f"}}).text("folder") == "f");
    CHECK(problem_of({{"title", "t"}, {"folder", "f"}, {"directory", "g"}}) ==
          "Error calling tool 'a_tool': 'folder' and 'directory' are the same argument and were "
          "given different values; pass one of them");
}

TEST_CASE("what was not given has its fallback and is told apart from what was") {
    const Arguments arguments = read({{"title", "t"}, {"folder", "f"}, {"tags", nullptr}});
    CHECK(arguments.integer("count") == 1);
    CHECK_FALSE(arguments.flag("quiet"));
    CHECK_FALSE(arguments.has("count"));
    CHECK_FALSE(arguments.has("tags"));
    CHECK(arguments.json("extra").is_null());
    CHECK(arguments.optional_number("limit") == std::nullopt);
    CHECK_FALSE(wants_json(arguments));
    CHECK(wants_json(read(with("output_format", "json"))));
    CHECK_FALSE(arguments.declares("project"));
    CHECK_THROWS_AS(arguments.text("projekt"), std::logic_error);
    CHECK_THROWS_AS(static_cast<void>(read(with("count", 2)).text("extra")), std::logic_error);
}

TEST_CASE("the schema says what is read") {
    const Json schema = input_schema(sample());
    CHECK(schema["type"] == "object");
    // Names that are accepted without being advertised must pass at hosts that check calls.
    CHECK_FALSE(schema.contains("additionalProperties"));
    // One of several names is enough, which a flat schema cannot say.
    CHECK(schema["required"] == Json::parse(R"(["title"])"));
    const Json& properties = schema["properties"];
    CHECK(properties.contains("directory"));
    CHECK_FALSE(properties.contains("dir"));
    CHECK(properties["title"] == Json::parse(R"({"type": "string", "title": "Title"})"));
    CHECK(properties["count"] == Json::parse(R"({"type": "integer", "minimum": 1, "maximum": 10,
                                                 "default": 1, "title": "Count"})"));
    CHECK(properties["limit"] == Json::parse(R"({"anyOf": [{"type": "number"}, {"type": "null"}],
                                                 "default": null, "title": "Limit"})"));
    CHECK(properties["tags"] ==
          Json::parse(R"({"anyOf": [{"type": "array", "items": {"type": "string"}},
                                    {"type": "string"}, {"type": "null"}],
                          "default": null, "title": "Tags"})"));
    CHECK(properties["output_format"] ==
          Json::parse(R"({"enum": ["text", "json"], "type": "string", "default": "text",
                          "title": "Output Format"})"));
    CHECK(input_schema({}).contains("required") == false);
}

TEST_CASE("pages are counted from one and never overflow") {
    const std::vector<Parameter> parameters{page_parameter(), page_size_parameter(100)};
    const auto paging = [&](const Json& raw) {
        const auto arguments = Arguments::read(parameters, raw);
        REQUIRE(arguments);
        return read_paging(*arguments);
    };
    CHECK(paging(nullptr)->offset() == 0);
    CHECK(paging({{"page_number", 3}, {"limit", 20}})->offset() == 40);
    CHECK(
        paging({{"page", std::numeric_limits<std::int64_t>::max()}, {"per_page", 100}})->offset() ==
        std::numeric_limits<std::size_t>::max());
    CHECK(problem_text("t", paging({{"page", 0}}).error()) ==
          "Error calling tool 't': page must be >= 1, got 0");
    CHECK(problem_text("t", paging({{"page_size", -3}}).error()) ==
          "Error calling tool 't': page_size must be >= 1, got -3");
    CHECK_FALSE(Arguments::read(parameters, {{"page_size", 101}}));
}

}  // namespace
}  // namespace bm
