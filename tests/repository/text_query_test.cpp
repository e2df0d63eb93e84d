#include "repository/text_query.hpp"

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

#include "repository/text_expression.hpp"
#include "repository/text_index.hpp"
#include "tests/support/vectors.hpp"

namespace {

using bm::prepare_text_query;
using bm::relaxed_text_query;

}  // namespace

TEST_CASE("a word behind broken bytes that is spelled like an operator is relaxed as a word") {
    for (const char* word : {"NOT", "NEAR"}) {
        CAPTURE(word);
        const auto relaxed =
            bm::relaxed_text_query("\xf0\xa0\x80" + std::string(word) + " ecx\u4e2d");
        REQUIRE(relaxed);
        CHECK(*relaxed == '"' + std::string(word) + "\"* OR ecx\u4e2d*");
        CHECK(bm::parse_text_expression(*relaxed));
    }
}

TEST_CASE("typed text becomes the expression of the vectors") {
    // Where we want something else than the row, and why.
    const std::map<std::string, std::string> ours{
        // A query that is all in quotes is a phrase.
        {"\"quoted phrase\"", "\"quoted phrase\""},
        // Unquoted, a hyphen would name a column and be refused.
        {"hello-w*", "\"hello-w\"*"},
        {"hello-* AND x", "\"hello-\"* AND x"},
    };
    const auto rows = bm::test::read_vectors("search_queries");
    REQUIRE(rows.size() > 100);
    for (const auto& row : rows) {
        const auto typed = row[0].get<std::string>();
        CAPTURE(typed);
        const auto found = ours.find(typed);
        const auto expected =
            found != ours.end() ? found->second : bm::test::expected_of(row).get<std::string>();
        CHECK(prepare_text_query(typed, true) == expected);
    }
}

TEST_CASE("without prefixes words are taken whole") {
    const std::vector<std::pair<std::string, std::string>> cases{
        {"hello", "hello"},
        {"hello world", "hello AND world"},
        {"tier1-test", "\"tier1-test\""},
        {"what is this?", "what AND is AND this"},
        {"hel*", "hel*"},
        {"hello-w*", "\"hello-w\"*"},
        {"C++", "\"C++\""},
        {"a OR b c", "a OR b AND c"},
        {"(a b OR c)", "(\"a b\" OR c)"},
    };
    for (const auto& [typed, expected] : cases) {
        CAPTURE(typed);
        CHECK(prepare_text_query(typed, false) == expected);
    }
}

TEST_CASE("a query that is all in quotes is a phrase") {
    const std::vector<std::pair<std::string, std::string>> cases{
        {"\"rock and roll\"", "\"rock and roll\""},
        {"  \"rock AND roll\" ", "\"rock AND roll\""},
        {"\"say \"\"hi\"\" now\"", "\"say \"\"hi\"\" now\""},
        {"\"\"", "\"\""},
        // Two quoted parts are not one phrase.
        {"\"a\" \"b\"", "\"\"\"a\"\" \"\"b\"\"\"*"},
        {"\"", "\"\"\"\"*"},
    };
    for (const auto& [typed, expected] : cases) {
        CAPTURE(typed);
        CHECK(prepare_text_query(typed, true) == expected);
    }
}

TEST_CASE("stars that were typed are not doubled") {
    CHECK(prepare_text_query("test* foo", true) == "test* AND foo*");
    CHECK(prepare_text_query("\U0001F389*", true) == "\U0001F389*");
    CHECK(prepare_text_query("a-b*c", true) == "\"a-b*c\"*");
}

TEST_CASE("whatever a person types without operators is an expression that parses") {
    for (const char* typed :
         {"hello", "a b c",     "C++",  "it's",      "a, b; c!", "x\ty",     "? !",
          "...",   "hello-w*",  "-",    "a - b",     "\"open",   "(a",       "a)",
          "tag:x", "e.g. this", "100%", "中文 text", "🎉",        "a\tAND b", "^a",
          "NEAR",  "a+b",       "{x}",  "foo* bar",  "\"a\" b",  "a\u00a0b", "..."}) {
        CAPTURE(typed);
        CHECK(bm::parse_text_expression(prepare_text_query(typed, true)));
        CHECK(bm::parse_text_expression(prepare_text_query(typed, false)));
    }
}

TEST_CASE("operators count only as upper-case words among blanks") {
    for (const char* typed : {"a AND b", "AND", "a OR", "NOT a", "x AND NOT y"}) {
        CAPTURE(typed);
        CHECK(bm::is_boolean_text_query(typed));
    }
    for (const char* typed : {"a and b", "ANDROID", "a\tAND\tb", "a-AND-b", ""}) {
        CAPTURE(typed);
        CHECK_FALSE(bm::is_boolean_text_query(typed));
    }
    // In a boolean query they also count inside of words with punctuation.
    CHECK(prepare_text_query("x-AND-y OR z", true) == "\"x-\" AND \"-y\" OR z");
    CHECK(prepare_text_query("BAND OR brandy_AND", true) == "BAND OR brandy_AND");
}

TEST_CASE("words are tried again one by one") {
    const std::vector<std::pair<std::string, std::string>> cases{
        {"When did Ada paint a sunrise?", "ada* OR paint* OR sunrise*"},
        {"one two three", "one* OR two* OR three*"},
        {"Red red RED", "red*"},
        {"to be or not to be", "not*"},
        {"what is this", "what* OR is* OR this*"},  // nothing but stop words
        {"don't stop now", "\"don't\"* OR stop* OR now*"},
        {"don\u2019t stop now", "\"don\u2019t\"* OR stop* OR now*"},
        {"'quoted' words here", "quoted* OR words* OR here*"},
        {"co\u00b7op of things", "co\u00b7op* OR things*"},
        {"foo.bar baz-qux", "foo* OR bar* OR baz* OR qux*"},
        {"Über straße ÉTÉ", "über* OR strasse* OR été*"},
        {"soft\u00adware is new", "soft\u00adware* OR software* OR new*"},
        {"می\u200cخواهم این کتاب", "می\u200cخواهم* OR این* OR کتاب*"},
        {"zero\u200bwidth space here", "zero* OR width* OR space* OR here*"},
        {"हिन्दी भाषा शब्द", "हिन्दी* OR भाषा* OR शब्द*"},
        {"version x2 plan", "version* OR x2* OR plan*"},
    };
    for (const auto& [typed, expected] : cases) {
        CAPTURE(typed);
        CHECK(relaxed_text_query(typed) == expected);
    }
}

TEST_CASE("13.1 item 71: words written without spaces are tried again as they stand") {
    const std::vector<std::pair<std::string, std::string>> cases{
        {"中文 搜索", "中文* OR 搜索*"},
        {"「日本語」、 テスト。", "日本語* OR テスト*"},
        {"한국어 검색 the", "한국어* OR 검색*"},
        {"\uff08全角\uff09 \uff01検索\uff01", "全角* OR 検索*"},
        {"A中 a中 b文", "A中* OR b文*"},
        {"三〇 二月", "三〇* OR 二月*"},
        {"中-文 搜索", "\"中-文\"* OR 搜索*"},
    };
    for (const auto& [typed, expected] : cases) {
        CAPTURE(typed);
        CHECK(relaxed_text_query(typed) == expected);
    }
}

TEST_CASE("no second try where it would not help or was not asked for") {
    for (const char* typed :
         {"", "  ", "one two", "say \"hello\" to me", "a AND b c d", "x OR y", "a (b c) d e",
          "version 2 of it", "plan \u2167 for them", "\u0663 \u0664 words here", "中文",
          "中文 2024", "the 中文", "?? !! ..."}) {
        CAPTURE(typed);
        CHECK(relaxed_text_query(typed) == std::nullopt);
    }
}
