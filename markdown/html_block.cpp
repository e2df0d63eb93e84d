#include "markdown/html_block.hpp"

#include <algorithm>
#include <array>
#include <cstddef>

#include "markdown/text.hpp"

namespace bm {
namespace {

constexpr std::string_view cdata = "<![CDATA[";
constexpr std::array<std::string_view, 3> verbatim_names{"pre", "script", "style"};
constexpr std::array<std::string_view, 62> element_names{
    "address",  "article",  "aside",    "base",       "basefont", "blockquote", "body",   "caption",
    "center",   "col",      "colgroup", "dd",         "details",  "dialog",     "dir",    "div",
    "dl",       "dt",       "fieldset", "figcaption", "figure",   "footer",     "form",   "frame",
    "frameset", "h1",       "h2",       "h3",         "h4",       "h5",         "h6",     "head",
    "header",   "hr",       "html",     "iframe",     "legend",   "li",         "link",   "main",
    "menu",     "menuitem", "nav",      "noframes",   "ol",       "optgroup",   "option", "p",
    "param",    "section",  "source",   "summary",    "table",    "tbody",      "td",     "tfoot",
    "th",       "thead",    "title",    "tr",         "track",    "ul"};

constexpr bool is_letter(char c) noexcept {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}
constexpr bool is_letter_or_digit(char c) noexcept {
    return is_letter(c) || (c >= '0' && c <= '9');
}
constexpr bool is_space(char c) noexcept { return c == ' ' || (c >= '\t' && c <= '\r'); }

template <class Accepts>
std::size_t skip_while(std::string_view text, std::size_t at, Accepts accepts) noexcept {
    while (at < text.size() && accepts(text[at])) ++at;
    return at;
}

template <std::size_t Count>
bool is_one_of(std::string_view name, const std::array<std::string_view, Count>& names) noexcept {
    return std::any_of(names.begin(), names.end(), [&](std::string_view candidate) {
        return candidate.size() == name.size() && starts_with_ignoring_case(name, candidate);
    });
}

/// Behind a quoted or bare attribute value at `at`, npos when there is none.
std::size_t behind_value(std::string_view line, std::size_t at) noexcept {
    if (at == line.size()) return std::string_view::npos;
    const char quote = line[at];
    if (quote == '"' || quote == '\'') {
        const std::size_t close = line.find(quote, at + 1);
        return close == std::string_view::npos ? close : close + 1;
    }
    const std::size_t end = skip_while(line, at, [](char c) {
        return !is_space(c) && std::string_view("\"'=<>`").find(c) == std::string_view::npos;
    });
    return end == at ? std::string_view::npos : end;
}

/// Behind all attributes that start at `at`, npos when one is broken.
std::size_t behind_attributes(std::string_view line, std::size_t at) noexcept {
    while (true) {
        const std::size_t name = skip_while(line, at, is_space);
        const bool starts_name = name > at && name < line.size() &&
                                 (is_letter(line[name]) || line[name] == '_' || line[name] == ':');
        if (!starts_name) return at;
        at = skip_while(line, name, [](char c) {
            return is_letter_or_digit(c) || c == '_' || c == ':' || c == '.' || c == '-';
        });
        const std::size_t equals = skip_while(line, at, is_space);
        if (equals == line.size() || line[equals] != '=') continue;
        at = behind_value(line, skip_while(line, equals + 1, is_space));
        if (at == std::string_view::npos) return at;
    }
}

/// True when the line is one complete opening or closing tag and white space.
bool is_lone_tag(std::string_view line) noexcept {
    std::size_t at = 1;
    const bool closing = at < line.size() && line[at] == '/';
    if (closing) ++at;
    if (at == line.size() || !is_letter(line[at])) return false;
    at = skip_while(line, at, [](char c) { return is_letter_or_digit(c) || c == '-'; });
    if (!closing) at = behind_attributes(line, at);
    if (at == std::string_view::npos) return false;
    at = skip_while(line, at, is_space);
    if (!closing && at < line.size() && line[at] == '/') ++at;
    if (at == line.size() || line[at] != '>') return false;
    const auto trailing = [](char c) { return c == ' ' || c == '\t' || c == '\f'; };
    return skip_while(line, at + 1, trailing) == line.size();
}

HtmlBlock markup_start(std::string_view line) noexcept {
    if (line.starts_with("<!--")) return HtmlBlock::comment;
    if (line.starts_with(cdata)) return HtmlBlock::cdata;
    if (line.size() > 2 && line[2] >= 'A' && line[2] <= 'Z') return HtmlBlock::declaration;
    return HtmlBlock::none;
}

bool contains_ignoring_case(std::string_view line, std::string_view wanted) noexcept {
    for (std::size_t at = line.find(wanted.front()); at != std::string_view::npos;
         at = line.find(wanted.front(), at + 1)) {
        if (starts_with_ignoring_case(line.substr(at), wanted)) return true;
    }
    return false;
}

}  // namespace

HtmlBlock html_block_start(std::string_view line) noexcept {
    if (line.size() < 2 || line.front() != '<') return HtmlBlock::none;
    if (line[1] == '?') return HtmlBlock::instruction;
    if (line[1] == '!') return markup_start(line);
    const std::size_t name_start = line[1] == '/' ? 2 : 1;
    const std::size_t name_end = skip_while(line, name_start, is_letter_or_digit);
    const std::string_view name = line.substr(name_start, name_end - name_start);
    const std::string_view rest = line.substr(name_end);
    const bool ends_name = rest.empty() || is_space(rest.front()) || rest.front() == '>';
    if (name_start == 1 && ends_name && is_one_of(name, verbatim_names)) {
        return HtmlBlock::verbatim;
    }
    if ((ends_name || rest.substr(0, 2) == "/>") && is_one_of(name, element_names)) {
        return HtmlBlock::element;
    }
    return is_lone_tag(line) ? HtmlBlock::other_tag : HtmlBlock::none;
}

bool is_disputed_html(std::string_view line) noexcept {
    // 0.30 added lower-case declarations and textarea, 0.31 search and took source away.
    constexpr std::array<std::string_view, 3> disputed_names{"search", "source", "textarea"};
    if (line.size() < 3 || line.front() != '<') return false;
    // Some parsers take CDATA in any case.
    const bool other_cdata = starts_with_ignoring_case(line, cdata) && !line.starts_with(cdata);
    if (line[1] == '!') return other_cdata || (line[2] >= 'a' && line[2] <= 'z');
    const std::size_t start = line[1] == '/' ? 2 : 1;
    const std::size_t end = skip_while(line, start, is_letter_or_digit);
    return is_one_of(line.substr(start, end - start), disputed_names);
}

bool html_block_ends(HtmlBlock kind, std::string_view line) noexcept {
    const auto has = [&](std::string_view wanted) {
        return line.find(wanted) != std::string_view::npos;
    };
    switch (kind) {
        case HtmlBlock::verbatim:
            return contains_ignoring_case(line, "</pre>") ||
                   contains_ignoring_case(line, "</script>") ||
                   contains_ignoring_case(line, "</style>");
        case HtmlBlock::comment:
            return has("-->");
        case HtmlBlock::instruction:
            return has("?>");
        case HtmlBlock::declaration:
            return has(">");
        case HtmlBlock::cdata:
            return has("]]>");
        case HtmlBlock::none:
        case HtmlBlock::element:
        case HtmlBlock::other_tag:
            break;
    }
    return false;
}

}  // namespace bm
