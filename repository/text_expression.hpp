#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace bm {

// Limits of an expression, so that no query costs more than its answer is worth. Beyond them an
// expression counts as bad syntax.
constexpr std::size_t kMaxExpressionBytes = 16 * 1024;
constexpr std::size_t kMaxExpressionTokens = 512;  ///< words of all phrases together
constexpr std::size_t kMaxExpressionDepth = 64;    ///< of parentheses

/// One word or phrase of a query.
struct TextPhrase {
    std::vector<std::string> tokens;  ///< none: matches nothing
    bool prefix = false;              ///< the last token is the beginning of a word
};

/// A node of a query. Children of `all` and `any` are at least two, of `without` exactly two.
struct TextNode {
    enum class Type { nothing, phrase, all, any, without };
    Type type = Type::nothing;
    std::size_t phrase = 0;  ///< for `phrase`: which of the expression's phrases
    std::vector<TextNode> children;
};

/// A parsed query.
struct TextExpression {
    TextNode root;
    std::vector<TextPhrase> phrases;  ///< in the order of the text
};

/// Reads an expression in FTS5's language: words, "strings", `*` after one of them, AND, OR, NOT
/// (NOT binds closest, OR loosest), parentheses, and words side by side, which is AND. None when
/// FTS5 would refuse it, when it uses what does not occur here (columns, NEAR, `^`, `+`), or when
/// it passes a limit.
std::optional<TextExpression> parse_text_expression(std::string_view text);

}  // namespace bm
