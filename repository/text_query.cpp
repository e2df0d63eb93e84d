#include "repository/text_query.hpp"

#include <algorithm>
#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "markdown/text.hpp"
#include "repository/text_index.hpp"

namespace bm {

namespace {

constexpr std::array<std::string_view, 3> kOperators{"AND", "OR", "NOT"};
// Characters that make FTS5 read a word as something else, so that it has to be quoted. Those of
// the second list are harmless at the ends of a word among others.
constexpr std::string_view kProblems = "`\"'()[]{}+!@#$%^&=|\\~";
constexpr std::string_view kSpecials = ".:;,<>?/-";
constexpr std::string_view kEdgePunctuation = "?!.,;:";

bool contains_any(std::string_view text, std::string_view characters) {
    return text.find_first_of(characters) != std::string_view::npos;
}

bool is_operator(std::string_view word) {
    return std::find(kOperators.begin(), kOperators.end(), word) != kOperators.end();
}

std::string in_quotes(std::string_view text) { return '"' + replace_all(text, "\"", "\"\"") + '"'; }

/// The word as the beginning of words; a star that was typed is enough.
std::string as_prefix(std::string_view word, bool prefix) {
    const std::string text = is_operator(word) ? in_quotes(word) : std::string(word);
    return prefix && !word.ends_with('*') ? text + '*' : text;
}

/// One string in quotes, with nothing but doubled quotes inside.
bool is_phrase(std::string_view text) {
    if (text.size() < 2 || text.front() != '"' || text.back() != '"') return false;
    const std::string_view inside = text.substr(1, text.size() - 2);
    for (std::size_t i = 0; i < inside.size(); ++i) {
        if (inside[i] != '"') continue;
        if (i + 1 == inside.size() || inside[i + 1] != '"') return false;
        ++i;
    }
    return true;
}

/// Letters, digits, '_', '-' and at least one '*'.
bool is_star_pattern(std::string_view text) {
    bool star = false;
    for (std::size_t at = 0; at < text.size();) {
        const char32_t c = next_code_point(text, at);
        star = star || c == '*';
        if (c != '*' && c != '_' && c != '-' && !is_alphanumeric(c)) return false;
    }
    return star;
}

/// FTS5 reads a hyphen outside of quotes as the name of a column: `hello-w*` has to be quoted.
std::string star_pattern(std::string_view text, bool prefix) {
    if (text.find('-') == std::string_view::npos) return std::string(text);
    if (text.find('*') == text.size() - 1) return in_quotes(text.substr(0, text.size() - 1)) + '*';
    return in_quotes(text) + (prefix ? "*" : "");
}

std::string_view without_edge_punctuation(std::string_view word) {
    const auto first = word.find_first_not_of(kEdgePunctuation);
    if (first == std::string_view::npos) return {};
    return word.substr(first, word.find_last_not_of(kEdgePunctuation) - first + 1);
}

std::string single_term(std::string_view text, bool prefix) {
    if (is_star_pattern(text)) return star_pattern(text, prefix);
    std::string term(text);
    std::vector<std::string_view> words{text};
    if (text.find(' ') != std::string_view::npos) {
        words.clear();
        for (const auto word : split_words(text)) {
            const auto bare = without_edge_punctuation(word);
            if (!bare.empty()) words.push_back(bare);
        }
        if (words.empty()) return in_quotes(text);
        std::vector<std::string> copies(words.begin(), words.end());
        term = join(copies, " ");
    }
    if (contains_any(term, kProblems) || contains_any(term, kSpecials)) {
        const bool is_file = term.find('/') != std::string::npos && term.ends_with(".md");
        return in_quotes(term) + (prefix && !is_file ? "*" : "");
    }
    std::vector<std::string> prefixes;
    for (const auto word : words) prefixes.push_back(as_prefix(word, prefix));
    return join(prefixes, " AND ");
}

bool is_word_character(char32_t c) { return c == '_' || is_alphanumeric(c); }

/// An operand that has parentheses: they stay, what is between them is quoted where it must be.
std::string with_parentheses(std::string_view operand) {
    std::string out;
    while (!operand.empty()) {
        const auto end = std::min(operand.find_first_of("()"), operand.size());
        const auto inside = trim(operand.substr(0, end));
        const bool plain = !contains_any(inside, kProblems) && !contains_any(inside, kSpecials) &&
                           inside.find(' ') == std::string_view::npos;
        if (!inside.empty()) out += plain ? std::string(inside) : in_quotes(inside);
        if (end == operand.size()) break;
        out += operand[end];
        operand.remove_prefix(end + 1);
    }
    return out;
}

/// Operators and what stands between them, prepared each for itself.
std::string boolean_query(std::string_view text) {
    std::vector<std::string> parts;
    const auto add_operand = [&](std::string_view raw) {
        const auto operand = trim(raw);
        if (operand.empty()) return;
        parts.push_back(contains_any(operand, "()") ? with_parentheses(operand)
                                                    : single_term(operand, false));
    };
    std::size_t start = 0;
    for (std::size_t at = 0; at < text.size();) {
        const std::size_t word = at;
        if (!is_word_character(next_code_point(text, at))) continue;
        for (std::size_t after = at; after < text.size(); at = after) {
            if (!is_word_character(next_code_point(text, after))) break;
        }
        if (!is_operator(text.substr(word, at - word))) continue;
        add_operand(text.substr(start, word - start));
        parts.emplace_back(text.substr(word, at - word));
        start = at;
    }
    add_operand(text.substr(start));
    return join(parts, " ");
}

}  // namespace

bool is_boolean_text_query(std::string_view typed) {
    const std::string padded = ' ' + std::string(typed) + ' ';
    return std::any_of(kOperators.begin(), kOperators.end(), [&](std::string_view word) {
        return padded.find(' ' + std::string(word) + ' ') != std::string::npos;
    });
}

std::string prepare_text_query(std::string_view typed, bool prefix) {
    const auto text = trim(typed);
    if (text.empty()) return std::string(typed);
    if (is_phrase(text)) return std::string(text);
    if (is_boolean_text_query(text)) return boolean_query(text);
    return single_term(text, prefix);
}

}  // namespace bm
