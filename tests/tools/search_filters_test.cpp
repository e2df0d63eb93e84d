#include "tools/search_filters.hpp"

#include <doctest/doctest.h>

namespace {

using bm::FilterScalar;
using Operator = bm::MetadataFilter::Operator;

bm::Json json(const char* text) { return bm::Json::parse(text); }

std::string problem(const char* filters) {
    const auto parsed = bm::parse_metadata_filters(json(filters));
    REQUIRE_FALSE(parsed);
    CHECK(parsed.error().fault == bm::Fault::invalid);
    return parsed.error().message;
}

}  // namespace

TEST_CASE("each form of a metadata filter becomes its condition") {
    const auto parsed = bm::parse_metadata_filters(json(R"({
        "status": "open", "done": true, "priority": 2, "tags": ["a", "b"],
        "a.b-c_d": {"$in": ["x", 1]}, "n": {"$gt": 3}, "o": {"$gte": "2024-01-01"},
        "p": {"$lt": 1.5}, "q": {"$lte": 7}, "r": {"$between": [1, 3]}, "note_type": "spec"
    })"));
    REQUIRE(parsed);
    const auto& filters = *parsed;
    REQUIRE(filters.size() == 11);
    struct Case {
        const char* key;
        Operator op;
        std::vector<FilterScalar> values;
    };
    const std::vector<Case> expected = {
        {"status", Operator::equals, {std::string("open")}},
        {"done", Operator::equals, {true}},
        {"priority", Operator::equals, {2.0}},
        {"tags", Operator::contains_all, {std::string("a"), std::string("b")}},
        {"a.b-c_d", Operator::in, {std::string("x"), 1.0}},
        {"n", Operator::greater, {3.0}},
        {"o", Operator::greater_equal, {std::string("2024-01-01")}},
        {"p", Operator::less, {1.5}},
        {"q", Operator::less_equal, {7.0}},
        {"r", Operator::between, {1.0, 3.0}},
        {"type", Operator::equals, {std::string("spec")}},
    };
    for (std::size_t i = 0; i < expected.size(); ++i) {
        CAPTURE(expected[i].key);
        CHECK(filters[i].key == expected[i].key);
        CHECK(filters[i].op == expected[i].op);
        CHECK(filters[i].values == expected[i].values);
    }
}

TEST_CASE("a metadata filter that cannot be understood is named") {
    CHECK(problem(R"({"": 1})") == "metadata filter keys must be non-empty strings");
    CHECK(problem(R"({"  ": 1})") == "metadata filter keys must be non-empty strings");
    CHECK(problem(R"({"a b": 1})") == "Unsupported metadata filter key: a b");
    CHECK(problem(R"({"a..b": 1})") == "Unsupported metadata filter key: a..b");
    CHECK(problem(R"({".a": 1})") == "Unsupported metadata filter key: .a");
    CHECK(problem(R"({"a'; --": 1})") == "Unsupported metadata filter key: a'; --");
    CHECK(problem(R"({"k": {"$gt": 1, "$lt": 2}})") ==
          R"(Invalid metadata filter for 'k': {"$gt":1,"$lt":2})");
    CHECK(problem(R"({"k": {}})") == "Invalid metadata filter for 'k': {}");
    CHECK(problem(R"({"k": null})") == "Invalid metadata filter for 'k': null");
    CHECK(problem(R"({"k": [["a"]]})") == R"(Invalid metadata filter for 'k': [["a"]])");
    CHECK(problem(R"({"k": {"$gt": {}}})") == R"(Invalid metadata filter for 'k': {"$gt":{}})");
    CHECK(problem(R"({"k": {"$in": []}})") == "$in requires a non-empty list for 'k'");
    CHECK(problem(R"({"k": {"$in": "x"}})") == "$in requires a non-empty list for 'k'");
    CHECK(problem(R"({"k": {"$between": [1]}})") == "$between requires [min, max] for 'k'");
    CHECK(problem(R"({"k": {"$between": 1}})") == "$between requires [min, max] for 'k'");
    CHECK(problem(R"({"k": {"$near": 1}})") ==
          "Unsupported operator '$near' in metadata filter for 'k'");
    CHECK(problem(R"({"k": []})") == "Empty list not allowed for metadata filter 'k'");
}

TEST_CASE("metadata filters are limited in number and length") {
    bm::Json many = bm::Json::object();
    for (int i = 0; i < 101; ++i) {
        many["k" + std::to_string(i)] = 1;
    }
    CHECK_FALSE(bm::parse_metadata_filters(many));
    many.erase("k100");
    CHECK(bm::parse_metadata_filters(many));
    bm::Json list = bm::Json::array();
    for (int i = 0; i < 1001; ++i) {
        list.push_back(i);
    }
    CHECK_FALSE(bm::parse_metadata_filters(bm::Json{{"k", list}}));
    list.erase(list.size() - 1);
    CHECK(bm::parse_metadata_filters(bm::Json{{"k", list}}));
}

TEST_CASE("13.1 item 74: tags are taken out of a query") {
    struct Case {
        const char* query;
        const char* remainder;
        std::vector<std::string> tags;
    };
    const std::vector<Case> cases = {
        {"tag:red", "", {"red"}},
        {"TAG:red", "", {"red"}},
        {"tag:#red", "", {"red"}},
        {"tag:red,blue", "", {"red", "blue"}},
        {"tag:red AND tag:blue", "", {"red", "blue"}},
        {"tag:red coffee", "coffee", {"red"}},
        {"coffee AND tag:red", "coffee", {"red"}},
        {"tag:red AND coffee", "coffee", {"red"}},
        {"tea OR tag:red AND coffee", "tea OR coffee", {"red"}},
        {"tea OR coffee tag:red", "tea OR coffee", {"red"}},
        {"NOT tag:red", "NOT tag:red", {}},
        {"coffee NOT tag:red tag:blue", "coffee NOT tag:red", {"blue"}},
        {"tag:", "tag:", {}},
        {"tag:,", "tag:,", {}},
        {"vintage:red", "vintage:red", {}},
        {"  two  words ", "  two  words ", {}},
        {"", "", {}},
    };
    for (const auto& each : cases) {
        CAPTURE(each.query);
        const auto found = bm::take_tag_shorthand(each.query);
        CHECK(found.remainder == each.remainder);
        CHECK(found.tags == each.tags);
    }
}

TEST_CASE("kinds of rows are read in any letter case and unknown ones are named") {
    CHECK(bm::parse_item_kinds({}) == 0U);
    CHECK(bm::parse_item_kinds({"entity"}) == 0b001U);
    CHECK(bm::parse_item_kinds({"Observation", "RELATION"}) == 0b110U);
    const auto unknown = bm::parse_item_kinds({"entity", "widget"});
    REQUIRE_FALSE(unknown);
    CHECK(unknown.error().message == "'widget' is not a valid SearchItemType");
}
