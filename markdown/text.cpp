#include "markdown/text.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>

#include <utf8proc.h>

namespace bm {
namespace {

constexpr char32_t replacement_character = 0xFFFD;

struct Decoded {
    char32_t code_point = replacement_character;
    std::size_t length = 1;  ///< bytes consumed; for an invalid sequence its well-formed beginning
    bool valid = false;
};

bool is_continuation(char byte) noexcept {
    return (static_cast<unsigned char>(byte) & 0xC0U) == 0x80U;
}

bool is_ascii(std::string_view text) noexcept {
    return std::all_of(text.begin(), text.end(),
                       [](char c) { return static_cast<unsigned char>(c) < 0x80U; });
}

char ascii_lower(char c) noexcept {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

/// Strict decoding: no overlong form, no surrogate, nothing above U+10FFFF. `at` is inside `text`.
Decoded decode(std::string_view text, std::size_t at) noexcept {
    const auto first = static_cast<unsigned char>(text[at]);
    if (first < 0x80U) return {first, 1, true};
    if (first < 0xC2U || first > 0xF4U) return {};
    const std::size_t length = first < 0xE0U ? 2 : first < 0xF0U ? 3 : 4;
    char32_t code_point = first & (0xFFU >> (length + 1));
    for (std::size_t i = 1; i < length; ++i) {
        if (at + i >= text.size() || !is_continuation(text[at + i])) {
            return {replacement_character, i, false};
        }
        const auto byte = static_cast<unsigned char>(text[at + i]);
        // The second byte decides about overlong forms, surrogates and the upper end.
        if (i == 1 && ((first == 0xE0U && byte < 0xA0U) || (first == 0xEDU && byte > 0x9FU) ||
                       (first == 0xF0U && byte < 0x90U) || (first == 0xF4U && byte > 0x8FU))) {
            return {};
        }
        code_point = (code_point << 6U) | (byte & 0x3FU);
    }
    return {code_point, length, true};
}

/// The start of the code point that ends before `end` (end > 0).
std::size_t start_of_last(std::string_view text, std::size_t end) noexcept {
    constexpr std::size_t longest = 4;
    for (std::size_t back = 1; back <= longest && back <= end; ++back) {
        if (is_continuation(text[end - back])) continue;
        const Decoded last = decode(text, end - back);
        return last.valid && last.length == back ? end - back : end - 1;
    }
    return end - 1;
}

/// Replaces every code point by what `change` makes of it.
template <class Change>
std::string map_code_points(std::string_view text, Change change) {
    std::string out;
    out.reserve(text.size());
    for (std::size_t at = 0; at < text.size();) append_utf8(out, change(next_code_point(text, at)));
    return out;
}

/// Every code point of `text` replaced by what the library makes of it under `options`.
std::vector<utf8proc_int32_t> expanded(std::string_view text, utf8proc_option_t options) {
    constexpr std::size_t longest_expansion = 32;  // the longest known one has 18 code points
    std::vector<utf8proc_int32_t> points;
    points.reserve(text.size());
    std::array<utf8proc_int32_t, longest_expansion> parts{};
    for (std::size_t at = 0; at < text.size();) {
        const auto code_point = static_cast<utf8proc_int32_t>(next_code_point(text, at));
        int last_boundary_class = 0;
        const auto count = utf8proc_decompose_char(code_point, parts.data(), parts.size(), options,
                                                   &last_boundary_class);
        if (count < 0 || static_cast<std::size_t>(count) > parts.size()) {
            points.push_back(code_point);
        } else {
            points.insert(points.end(), parts.begin(), parts.begin() + count);
        }
    }
    return points;
}

/// Canonical decomposition, combining marks in canonical order. The library's own function for
/// whole texts sorts marks by exchanging neighbours, which is quadratic in their number.
std::vector<utf8proc_int32_t> decomposed(std::string_view text) {
    std::vector<utf8proc_int32_t> points = expanded(text, UTF8PROC_DECOMPOSE);
    const auto combining_class = [](utf8proc_int32_t point) {
        return utf8proc_get_property(point)->combining_class;
    };
    const auto starts = [&](utf8proc_int32_t point) { return combining_class(point) == 0; };
    auto mark = std::find_if_not(points.begin(), points.end(), starts);
    while (mark != points.end()) {
        const auto end = std::find_if(mark, points.end(), starts);
        std::stable_sort(mark, end, [&](auto left, auto right) {
            return combining_class(left) < combining_class(right);
        });
        mark = std::find_if_not(end, points.end(), starts);
    }
    return points;
}

std::string encoded(const std::vector<utf8proc_int32_t>& points) {
    std::string out;
    out.reserve(points.size());
    for (const auto point : points) append_utf8(out, static_cast<char32_t>(point));
    return out;
}

}  // namespace

bool is_valid_utf8(std::string_view bytes) noexcept {
    for (std::size_t at = 0; at < bytes.size();) {
        const Decoded next = decode(bytes, at);
        if (!next.valid) return false;
        at += next.length;
    }
    return true;
}

std::string replace_invalid_utf8(std::string_view bytes) {
    std::string out;
    out.reserve(bytes.size());
    for (std::size_t at = 0; at < bytes.size();) {
        const Decoded next = decode(bytes, at);
        if (next.valid) {
            out.append(bytes.substr(at, next.length));
        } else {
            append_utf8(out, replacement_character);
        }
        at += next.length;
    }
    return out;
}

std::string_view first_code_points(std::string_view text, std::size_t count) noexcept {
    std::size_t at = 0;
    for (; count > 0 && at < text.size(); --count) next_code_point(text, at);
    return text.substr(0, at);
}

std::size_t count_code_points(std::string_view text) noexcept {
    std::size_t count = 0;
    for (std::size_t at = 0; at < text.size(); ++count) next_code_point(text, at);
    return count;
}

std::string_view trim(std::string_view text) noexcept {
    std::size_t start = 0;
    for (std::size_t at = 0; at < text.size() && is_white_space(next_code_point(text, at));)
        start = at;
    return trim_right(text.substr(start));
}

std::string_view trim_right(std::string_view text) noexcept {
    while (!text.empty()) {
        const std::size_t start = start_of_last(text, text.size());
        if (!is_white_space(decode(text, start).code_point)) break;
        text = text.substr(0, start);
    }
    return text;
}

bool is_blank(std::string_view text) noexcept { return trim(text).empty(); }

std::vector<std::string_view> split_words(std::string_view text) {
    std::vector<std::string_view> words;
    std::size_t start = 0;
    for (std::size_t at = 0; at < text.size();) {
        const std::size_t here = at;
        if (!is_white_space(next_code_point(text, at))) continue;
        if (here > start) words.push_back(text.substr(start, here - start));
        start = at;
    }
    if (text.size() > start) words.push_back(text.substr(start));
    return words;
}

std::vector<std::string_view> split(std::string_view text, char separator) {
    std::vector<std::string_view> pieces;
    std::size_t start = 0;
    for (std::size_t end = text.find(separator); end != std::string_view::npos;
         end = text.find(separator, start)) {
        pieces.push_back(text.substr(start, end - start));
        start = end + 1;
    }
    pieces.push_back(text.substr(start));
    return pieces;
}

std::string join(const std::vector<std::string>& pieces, std::string_view separator) {
    std::string out;
    for (std::size_t i = 0; i < pieces.size(); ++i) {
        if (i > 0) out += separator;
        out += pieces[i];
    }
    return out;
}

std::string replace_all(std::string_view text, std::string_view from, std::string_view to) {
    if (from.empty()) return std::string(text);
    std::string out;
    out.reserve(text.size());
    std::size_t start = 0;
    for (std::size_t found = text.find(from); found != std::string_view::npos;
         found = text.find(from, start)) {
        out += text.substr(start, found - start);
        out += to;
        start = found + from.size();
    }
    out += text.substr(start);
    return out;
}

std::string to_lower(std::string_view text) {
    if (is_ascii(text)) {
        std::string out(text);
        std::transform(out.begin(), out.end(), out.begin(), ascii_lower);
        return out;
    }
    return map_code_points(text, [](char32_t code_point) {
        return static_cast<char32_t>(utf8proc_tolower(static_cast<utf8proc_int32_t>(code_point)));
    });
}

std::string case_fold(std::string_view text) {
    if (is_ascii(text)) return to_lower(text);
    return encoded(expanded(text, UTF8PROC_CASEFOLD));
}

std::string to_nfc(std::string_view text) {
    if (is_ascii(text)) return std::string(text);
    std::vector<utf8proc_int32_t> points = decomposed(text);
    const auto length = utf8proc_normalize_utf32(
        points.data(), static_cast<utf8proc_ssize_t>(points.size()),
        static_cast<utf8proc_option_t>(UTF8PROC_COMPOSE | UTF8PROC_STABLE));
    points.resize(static_cast<std::size_t>(std::max<utf8proc_ssize_t>(length, 0)));
    return encoded(points);
}

std::string to_nfd(std::string_view text) {
    if (is_ascii(text)) return std::string(text);
    return encoded(decomposed(text));
}

bool is_alphanumeric(char32_t code_point) noexcept {
    if (code_point < 0x80U) {
        return (code_point >= U'0' && code_point <= U'9') ||
               (code_point >= U'a' && code_point <= U'z') ||
               (code_point >= U'A' && code_point <= U'Z');
    }
    switch (utf8proc_category(static_cast<utf8proc_int32_t>(code_point))) {
        case UTF8PROC_CATEGORY_LU:
        case UTF8PROC_CATEGORY_LL:
        case UTF8PROC_CATEGORY_LT:
        case UTF8PROC_CATEGORY_LM:
        case UTF8PROC_CATEGORY_LO:
        case UTF8PROC_CATEGORY_ND:
        case UTF8PROC_CATEGORY_NL:
        case UTF8PROC_CATEGORY_NO:
            return true;
        default:
            return false;
    }
}

bool is_white_space(char32_t code_point) noexcept {
    if (code_point < 0x80U) {
        return code_point == U' ' || (code_point >= 0x09U && code_point <= 0x0DU) ||
               (code_point >= 0x1CU && code_point <= 0x1FU);
    }
    return code_point == 0x85U || code_point == 0xA0U || code_point == 0x1680U ||
           (code_point >= 0x2000U && code_point <= 0x200AU) || code_point == 0x2028U ||
           code_point == 0x2029U || code_point == 0x202FU || code_point == 0x205FU ||
           code_point == 0x3000U;
}

char32_t next_code_point(std::string_view text, std::size_t& at) noexcept {
    const Decoded next = decode(text, at);
    at += next.valid ? next.length : 1;
    return next.code_point;
}

void append_utf8(std::string& out, char32_t code_point) {
    const auto byte = [&out](char32_t value) {
        out.push_back(static_cast<char>(static_cast<unsigned char>(value)));
    };
    if (code_point > 0x10FFFFU || (code_point >= 0xD800U && code_point <= 0xDFFFU)) {
        code_point = replacement_character;
    }
    if (code_point < 0x80U) {
        byte(code_point);
    } else if (code_point < 0x800U) {
        byte(0xC0U | (code_point >> 6U));
        byte(0x80U | (code_point & 0x3FU));
    } else if (code_point < 0x10000U) {
        byte(0xE0U | (code_point >> 12U));
        byte(0x80U | ((code_point >> 6U) & 0x3FU));
        byte(0x80U | (code_point & 0x3FU));
    } else {
        byte(0xF0U | (code_point >> 18U));
        byte(0x80U | ((code_point >> 12U) & 0x3FU));
        byte(0x80U | ((code_point >> 6U) & 0x3FU));
        byte(0x80U | (code_point & 0x3FU));
    }
}

bool starts_with_ignoring_case(std::string_view text, std::string_view ascii_prefix) noexcept {
    return text.size() >= ascii_prefix.size() &&
           std::equal(ascii_prefix.begin(), ascii_prefix.end(), text.begin(),
                      [](char a, char b) { return ascii_lower(a) == ascii_lower(b); });
}

bool ends_with_ignoring_case(std::string_view text, std::string_view ascii_suffix) noexcept {
    return text.size() >= ascii_suffix.size() &&
           starts_with_ignoring_case(text.substr(text.size() - ascii_suffix.size()), ascii_suffix);
}

}  // namespace bm
