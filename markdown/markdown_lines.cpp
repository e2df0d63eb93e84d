#include "markdown/markdown_lines.hpp"

#include <algorithm>

namespace bm {
namespace {

constexpr std::size_t deepest_indent = 3;  // four blanks make a code block

std::string_view without_carriage_return(std::string_view line) noexcept {
    if (line.ends_with('\r')) line.remove_suffix(1);
    return line;
}

/// Without its indent; empty when that is too deep for a fence or a heading.
std::string_view unindented(std::string_view line) noexcept {
    const std::size_t indent = std::min(line.find_first_not_of(' '), line.size());
    return indent > deepest_indent ? std::string_view{} : line.substr(indent);
}

std::size_t run_length(std::string_view line, char sign) noexcept {
    return std::min(line.find_first_not_of(sign), line.size());
}

}  // namespace

MarkdownLine markdown_line_at(std::string_view text, std::size_t begin) noexcept {
    const std::size_t end = text.find('\n', begin);
    if (end == std::string_view::npos) return {text.substr(begin), end};
    return {text.substr(begin, end - begin), end + 1};
}

int atx_level(std::string_view line) noexcept {
    constexpr std::size_t deepest = 6;
    line = unindented(without_carriage_return(line));
    const std::size_t level = run_length(line, '#');
    if (level == 0 || level > deepest) return 0;
    const bool closed = level == line.size() || line[level] == ' ' || line[level] == '\t';
    return closed ? static_cast<int>(level) : 0;
}

bool FencedCode::takes(std::string_view line) noexcept {
    constexpr std::size_t shortest = 3;
    line = unindented(without_carriage_return(line));
    const char sign = line.empty() ? '\0' : line.front();
    const std::size_t length = sign == '`' || sign == '~' ? run_length(line, sign) : 0;
    const std::string_view after = line.substr(length);
    if (sign_ == '\0') {
        const bool opens =
            length >= shortest && (sign == '~' || after.find('`') == std::string_view::npos);
        if (!opens) return false;
        sign_ = sign;
        length_ = length;
    } else if (sign == sign_ && length >= length_ &&
               after.find_first_not_of(" \t") == std::string_view::npos) {
        sign_ = '\0';
    }
    return true;
}

}  // namespace bm
