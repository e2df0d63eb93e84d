#include "markdown/printable_text.hpp"

#include "markdown/text.hpp"

namespace bm {

namespace {

std::string shown_text(std::string_view text, bool keeps_lines) {
    const std::string valid = replace_invalid_utf8(text);
    std::string safe;
    safe.reserve(valid.size());
    for (std::size_t at = 0; at < valid.size();) {
        const std::size_t from = at;
        const char32_t code_point = next_code_point(valid, at);
        const bool ends_line =
            code_point == U'\n' || (code_point == U'\r' && at < valid.size() && valid[at] == '\n');
        if (is_shown(code_point) || (keeps_lines && (ends_line || code_point == U'\t'))) {
            safe.append(valid, from, at - from);
        } else {
            safe += ' ';
        }
    }
    return safe;
}

}  // namespace

bool is_shown(char32_t c) noexcept {
    return c >= 0x20 && (c < 0x7f || c >= 0xa0) && c != 0x2028 && c != 0x2029 &&
           (c < 0x202a || c > 0x202e) && (c < 0x2066 || c > 0x2069);
}

std::string printable(std::string_view text) { return shown_text(text, false); }

std::string printable_lines(std::string_view text) { return shown_text(text, true); }

}  // namespace bm
