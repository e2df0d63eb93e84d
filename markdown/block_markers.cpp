#include "markdown/block_markers.hpp"

#include <algorithm>

namespace bm {
namespace {

constexpr std::size_t longest_number = 9;  // digits of an ordered list's marker
constexpr std::size_t longest_atx = 6;
constexpr std::size_t shortest_fence = 3;

constexpr bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }
constexpr bool is_blank_char(char c) noexcept { return c == ' ' || c == '\t'; }

std::size_t run_length(std::string_view line, char c) noexcept {
    return std::min(line.find_first_not_of(c), line.size());
}

bool only_blanks_from(std::string_view line, std::size_t at) noexcept {
    return line.find_first_not_of(" \t", at) == std::string_view::npos;
}

}  // namespace

std::size_t atx_length(std::string_view rest) noexcept {
    const std::size_t length = run_length(rest, '#');
    if (length == 0 || length > longest_atx) return 0;
    return length == rest.size() || is_blank_char(rest[length]) ? length : 0;
}

std::string_view atx_text(std::string_view rest, std::size_t marker) noexcept {
    std::string_view text = without_trailing_blanks(rest);
    const std::size_t last = text.find_last_not_of('#');
    // A closing sequence of hashes needs a blank in front of it.
    if (last != std::string_view::npos && last + 1 < text.size() && is_blank_char(text[last])) {
        text = without_trailing_blanks(text.substr(0, last));
    }
    text = text.substr(std::min(marker, text.size()));
    return text.substr(std::min(text.find_first_not_of(" \t"), text.size()));
}

std::size_t fence_length(std::string_view rest) noexcept {
    const char c = rest.front();
    const std::size_t length = run_length(rest, c);
    if (length < shortest_fence) return 0;
    return c == '`' && rest.find('`', length) != std::string_view::npos ? 0 : length;
}

bool closes_fence(std::string_view rest, char c, std::size_t length) noexcept {
    if (rest.empty() || rest.front() != c) return false;
    const std::size_t found = run_length(rest, c);
    return found >= length && only_blanks_from(rest, found);
}

bool is_setext_underline(std::string_view rest) noexcept {
    return only_blanks_from(rest, run_length(rest, rest.front()));
}

bool is_thematic_break(std::string_view rest) noexcept {
    std::size_t count = 0;
    for (const char c : rest) {
        if (c == rest.front()) {
            ++count;
        } else if (!is_blank_char(c)) {
            return false;
        }
    }
    return count >= 3;
}

std::size_t list_marker_length(std::string_view rest, bool interrupts_paragraph) noexcept {
    std::size_t length = 1;
    if (is_digit(rest.front())) {
        const auto digits_end = std::find_if_not(rest.begin(), rest.end(), is_digit);
        const auto digits = static_cast<std::size_t>(digits_end - rest.begin());
        if (digits > longest_number || digits_end == rest.end()) return 0;
        if (*digits_end != '.' && *digits_end != ')') return 0;
        // Only a list that starts with 1 may follow a paragraph directly.
        const std::size_t zeros = run_length(rest, '0');
        if (interrupts_paragraph && !(zeros + 1 == digits && rest[zeros] == '1')) return 0;
        length = digits + 1;
    }
    if (length < rest.size() && !is_blank_char(rest[length])) return 0;
    if (interrupts_paragraph && only_blanks_from(rest, length)) return 0;
    return length;
}

std::string_view without_trailing_blanks(std::string_view text) noexcept {
    const std::size_t last = text.find_last_not_of(" \t\n\r");
    return last == std::string_view::npos ? std::string_view{} : text.substr(0, last + 1);
}

}  // namespace bm
