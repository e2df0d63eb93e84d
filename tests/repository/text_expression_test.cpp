#include "repository/text_expression.hpp"

#include <string>

#include <doctest/doctest.h>

namespace {

using bm::parse_text_expression;
using bm::TextExpression;
using bm::TextNode;

std::string shown(const TextExpression& expression, const TextNode& node) {
    std::string text;
    const auto children = [&](const char* name) {
        text = std::string("(") + name;
        for (const auto& child : node.children) text += ' ' + shown(expression, child);
        return text + ')';
    };
    switch (node.type) {
        case TextNode::Type::nothing:
            return "nothing";
        case TextNode::Type::all:
            return children("and");
        case TextNode::Type::any:
            return children("or");
        case TextNode::Type::without:
            return children("not");
        case TextNode::Type::phrase:
            break;
    }
    for (const auto& token : expression.phrases[node.phrase].tokens) {
        text += (text.empty() ? "" : "+") + token;
    }
    return text + (expression.phrases[node.phrase].prefix ? "*" : "");
}

std::string shown(const std::string& text) {
    const auto expression = parse_text_expression(text);
    return expression ? shown(*expression, expression->root) : "refused";
}

std::string repeated(const std::string& text, std::size_t count) {
    std::string out;
    for (std::size_t i = 0; i < count; ++i) out += text;
    return out;
}

}  // namespace

TEST_CASE("NOT binds closer than AND and AND closer than OR") {
    CHECK(shown("a OR b AND c NOT d") == "(or a (and b (not c d)))");
    CHECK(shown("(a OR b) AND c") == "(and (or a b) c)");
    CHECK(shown("a NOT b NOT c") == "(not a (or b c))");
    CHECK(shown("a b NOT c d") == "(not (and a b) (and c d))");
    CHECK(shown("a AND b AND c") == "(and a b c)");
    CHECK(shown("((a))") == "a");
}

TEST_CASE("what is written as one word can be several tokens and then is a phrase") {
    CHECK(shown("\"Hello World\"") == "hello+world");
    CHECK(shown("\"docs/my-note\"*") == "docs+my+note*");
    CHECK(shown("foo_bar") == "foo+bar");
    CHECK(shown("中文*") == "中+文*");
    CHECK(shown("test*world") == "(and test* world)");
    CHECK(shown("and or") == "(and and or)");
    CHECK(shown("\"AND\"") == "and");
}

TEST_CASE("a word without letters counts only when an operator joins it") {
    CHECK(shown("a \"..\" b") == "(and a b)");
    CHECK(shown("\"..\" \"\"") == "nothing");
    CHECK(shown("a AND \"..\"") == "(and a nothing)");
    CHECK(shown("\U0001F389*") == "nothing");
}

TEST_CASE("columns and NEAR and other signs are refused") {
    for (const char* text : {"title : a", "{a}: b", "NEAR(a b)", "^a", "a + b", "- a", "a.b", "'a'",
                             "\"a", "a AND", "OR a", "()", "a (b)", "(a) b", "a))", ""}) {
        CAPTURE(text);
        CHECK(shown(text) == "refused");
    }
}

TEST_CASE("an expression has limits in depth and length and words") {
    const auto nested = [](std::size_t depth) {
        return repeated("(", depth) + "a" + repeated(")", depth);
    };
    CHECK(parse_text_expression(nested(bm::kMaxExpressionDepth)));
    CHECK_FALSE(parse_text_expression(nested(bm::kMaxExpressionDepth + 1)));
    CHECK_FALSE(parse_text_expression(repeated("(", bm::kMaxExpressionBytes - 1)));
    // Depth counts what is open, not what was.
    CHECK(parse_text_expression("(a)" + repeated(" OR (a)", 2 * bm::kMaxExpressionDepth)));

    const auto words = [](std::size_t count) { return repeated("a ", count); };
    CHECK(parse_text_expression(words(bm::kMaxExpressionTokens)));
    CHECK_FALSE(parse_text_expression(words(bm::kMaxExpressionTokens + 1)));
    CHECK_FALSE(parse_text_expression('"' + words(bm::kMaxExpressionTokens + 1) + '"'));

    CHECK(parse_text_expression(std::string(bm::kMaxExpressionBytes, 'a')));
    CHECK_FALSE(parse_text_expression(std::string(bm::kMaxExpressionBytes + 1, 'a')));
}
