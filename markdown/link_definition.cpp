#include "markdown/link_definition.hpp"

namespace bm {
namespace {

constexpr std::size_t none = std::string_view::npos;
constexpr std::size_t longest_label = 1000;  // bytes, as in the CommonMark specification
constexpr std::size_t deepest_parentheses = 32;

constexpr bool is_punctuation(char c) noexcept {
    return (c >= '!' && c <= '/') || (c >= ':' && c <= '@') || (c >= '[' && c <= '`') ||
           (c >= '{' && c <= '~');
}
constexpr bool is_space(char c) noexcept { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

char at_or_end(std::string_view text, std::size_t at) noexcept {
    return at < text.size() ? text[at] : '\0';
}

std::size_t skip_blanks(std::string_view text, std::size_t at) noexcept {
    while (at < text.size() && (text[at] == ' ' || text[at] == '\t')) ++at;
    return at;
}

/// Blanks with at most one line break among them.
std::size_t skip_gap(std::string_view text, std::size_t at) noexcept {
    at = skip_blanks(text, at);
    if (at_or_end(text, at) == '\n') at = skip_blanks(text, at + 1);
    return at;
}

/// Length of what a backslash at `at` makes one character.
std::size_t escape_length(std::string_view text, std::size_t at) noexcept {
    return at + 1 < text.size() && is_punctuation(text[at + 1]) ? 2 : 1;
}

/// Behind the `]` of the label that starts at 0.
std::size_t behind_label(std::string_view text) noexcept {
    if (at_or_end(text, 0) != '[') return none;
    bool says_something = false;
    for (std::size_t at = 1; at < text.size() && at <= longest_label + 1;) {
        const char c = text[at];
        if (c == '[') return none;
        if (c == ']') return says_something ? at + 1 : none;
        says_something = says_something || !is_space(c);
        at += c == '\\' ? escape_length(text, at) : 1;
    }
    return none;
}

std::size_t behind_bracketed_target(std::string_view text, std::size_t at) noexcept {
    for (++at; at < text.size();) {
        const char c = text[at];
        if (c == '>') return at + 1;
        if (c == '<' || c == '\n') return none;
        at += c == '\\' ? escape_length(text, at) : 1;
    }
    return none;
}

std::size_t behind_target(std::string_view text, std::size_t at) noexcept {
    if (at_or_end(text, at) == '<') return behind_bracketed_target(text, at);
    const std::size_t start = at;
    std::size_t depth = 0;
    while (at < text.size()) {
        const char c = text[at];
        if (is_space(c)) break;
        if (c == '(' && ++depth > deepest_parentheses) return none;
        if (c == ')' && depth-- == 0) break;
        at += c == '\\' ? escape_length(text, at) : 1;
    }
    return at == start ? none : at;
}

/// Behind the quoted or parenthesised title at `at`, `none` when there is none.
std::size_t behind_title(std::string_view text, std::size_t at) noexcept {
    const char open = at_or_end(text, at);
    if (open != '"' && open != '\'' && open != '(') return none;
    const char close = open == '(' ? ')' : open;
    for (++at; at < text.size();) {
        const char c = text[at];
        if (c == close) return at + 1;
        if (c == open) return none;
        at += c == '\\' ? escape_length(text, at) : 1;
    }
    return none;
}

/// Behind the line break at `at`, skipping blanks; the end of the text counts as one.
std::size_t behind_line_end(std::string_view text, std::size_t at) noexcept {
    at = skip_blanks(text, at);
    if (at == text.size()) return at;
    return text[at] == '\n' ? at + 1 : none;
}

}  // namespace

bool starts_like_definition(std::string_view paragraph) noexcept {
    const std::size_t label = behind_label(paragraph);
    return label != none && at_or_end(paragraph, label) == ':';
}

std::size_t link_definition_length(std::string_view paragraph) noexcept {
    if (!starts_like_definition(paragraph)) return 0;
    const std::size_t target =
        behind_target(paragraph, skip_gap(paragraph, behind_label(paragraph) + 1));
    if (target == none) return 0;
    const std::size_t gap = skip_gap(paragraph, target);
    if (gap > target) {
        const std::size_t title = behind_title(paragraph, gap);
        const std::size_t end = title == none ? none : behind_line_end(paragraph, title);
        if (end != none) return end;
    }
    const std::size_t end = behind_line_end(paragraph, target);
    return end == none ? 0 : end;
}

}  // namespace bm
