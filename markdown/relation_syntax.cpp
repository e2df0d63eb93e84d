#include "markdown/relation_syntax.hpp"

#include <algorithm>
#include <cstddef>
#include <optional>
#include <utility>

#include "markdown/text.hpp"

namespace bm {
namespace {

constexpr std::string_view opener = "[[";
constexpr std::string_view closer = "]]";
constexpr std::string_view inline_type = "links_to";

bool has_white_space(std::string_view text) noexcept {
    for (std::size_t at = 0; at < text.size();) {
        if (is_white_space(next_code_point(text, at))) return true;
    }
    return false;
}

/// `project::rest` addresses another project's note the way a path does; the shown text is left
/// alone.
std::string as_target(std::string_view text) {
    constexpr std::string_view separator = "::";
    const std::string_view address = text.substr(0, text.find('|'));
    const std::size_t place = address.find(separator);
    const std::size_t rest = place + separator.size();
    // Names of projects hold neither slashes nor headings; "::" alone names nothing.
    const bool names_project =
        place != std::string_view::npos && place > 0 && rest < address.size() &&
        address[rest] != ':' &&
        address.substr(0, place).find_first_of("/#") == std::string_view::npos;
    if (!names_project) return std::string(text);
    std::string target(text.substr(0, place));
    target += '/';
    target += text.substr(rest);
    return target;
}

/// `[x]`, `[ ]` and the like: a check box, not a type.
bool is_check_box(std::string_view token) noexcept {
    if (token.size() < 3 || token.front() != '[' || token.back() != ']') return false;
    const std::string_view mark = token.substr(1, token.size() - 2);
    std::size_t length = 0;
    const char32_t point = next_code_point(mark, length);
    return length == mark.size() && (point == U'x' || point == U'X' || !is_alphanumeric(point));
}

/// The type that the text before a link names: one word, or one quoted phrase.
std::optional<std::string_view> relation_type(std::string_view text) noexcept {
    if (text.empty() || is_check_box(text)) return std::nullopt;
    const char quote = text.front();
    if ((quote == '"' || quote == '\'') && text.size() >= 2 && text.back() == quote) {
        const std::string_view inside = text.substr(1, text.size() - 2);
        const std::string_view phrase = trim(inside);
        if (phrase.empty()) return std::nullopt;
        if (inside.find(quote) == std::string_view::npos) return phrase;
    }
    if (has_white_space(text)) return std::nullopt;
    return text;
}

/// The text inside parentheses that enclose all of `text` and are balanced.
std::optional<std::string_view> enclosed(std::string_view text) noexcept {
    if (text.size() < 2 || text.front() != '(') return std::nullopt;
    std::size_t depth = 0;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '(') ++depth;
        if (text[i] == ')' && --depth == 0 && i + 1 < text.size()) return std::nullopt;
    }
    if (depth != 0) return std::nullopt;
    return text.substr(1, text.size() - 2);
}

/// `type [[target]] (context)` and nothing else.
std::optional<Relation> explicit_relation(std::string_view run) {
    const std::size_t open = run.find(opener);
    if (open == std::string_view::npos) return std::nullopt;
    const std::size_t inside = open + opener.size();
    const std::size_t close = run.find(closer, inside);
    if (close == std::string_view::npos) return std::nullopt;
    const auto type = relation_type(trim(run.substr(0, open)));
    const std::string_view target = trim(run.substr(inside, close - inside));
    if (!type || target.empty()) return std::nullopt;

    Relation relation{std::string(*type), as_target(target), std::nullopt};
    const std::string_view behind = trim(run.substr(close + closer.size()));
    if (behind.empty()) return relation;
    const auto context = enclosed(behind);
    if (!context) return std::nullopt;
    if (!is_blank(*context)) relation.context = std::string(trim(*context));
    return relation;
}

std::vector<Relation> inline_links(std::string_view run) {
    std::vector<Relation> links;
    std::size_t depth = 0;
    std::size_t start = 0;
    for (std::size_t at = run.find(opener); at != std::string_view::npos && at + 1 < run.size();) {
        const std::string_view pair = run.substr(at, 2);
        if (pair == opener) {
            if (depth++ == 0) start = at + 2;
            at += 2;
        } else if (pair == closer && depth > 0) {
            if (--depth == 0) {
                const std::string_view target = trim(run.substr(start, at - start));
                if (!target.empty()) {
                    links.push_back(
                        Relation{std::string(inline_type), as_target(target), std::nullopt});
                }
            }
            at += 2;
        } else {
            at = run.find_first_of("[]", at + 1);
        }
    }
    return links;
}

bool reads_as_type(std::string_view text) noexcept {
    const auto type = relation_type(text);
    return type && *type == text && text.find(opener) == std::string_view::npos;
}

}  // namespace

std::vector<Relation> parse_relations(std::string_view run, bool in_list_item) {
    if (run.find(opener) == std::string_view::npos) return {};
    if (in_list_item) {
        if (auto relation = explicit_relation(run)) return {*std::move(relation)};
    }
    return inline_links(run);
}

std::string write_relation(const Relation& relation) {
    std::string line = "- ";
    if (reads_as_type(relation.type)) {
        line += relation.type;
    } else {
        const char quote = relation.type.find('"') == std::string::npos ? '"' : '\'';
        line += quote + relation.type + quote;
    }
    line += " [[" + relation.target;
    // The first two brackets would close the link one character early.
    if (relation.target.ends_with(']')) line += ' ';
    line += closer;
    if (relation.context) line += " (" + *relation.context + ')';
    return line;
}

std::string_view link_target(std::string_view link) noexcept {
    link = trim(link);
    const bool enclosed_by_brackets = link.size() >= opener.size() + closer.size() &&
                                      link.substr(0, 2) == opener &&
                                      link.substr(link.size() - 2) == closer;
    if (enclosed_by_brackets) link = link.substr(2, link.size() - 4);
    return trim(link.substr(0, link.find('|')));
}

std::string_view link_target_without_anchor(std::string_view link) noexcept {
    const std::string_view target = link_target(link);
    return trim(target.substr(0, target.find_first_of("#^")));
}

}  // namespace bm
