#include "markdown/transliteration.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <span>
#include <string_view>

#include <utf8proc.h>

#include "markdown/transliteration_tables.hpp"

namespace bm {
namespace {

using std::string_view;

utf8proc_int32_t library_code(char32_t code_point) noexcept {
    return static_cast<utf8proc_int32_t>(code_point);
}

/// The reading in a table, `has_no_reading` when there is none.
string_view reading_in(std::span<const ReadingBlock> blocks, char32_t code_point) noexcept {
    const auto after = std::upper_bound(
        blocks.begin(), blocks.end(), code_point,
        [](char32_t wanted, const ReadingBlock& block) { return wanted < block.first; });
    if (after == blocks.begin()) return has_no_reading;
    const ReadingBlock& block = *(after - 1);
    const std::size_t offset = code_point - block.first;
    return offset < block.readings.size() ? block.readings[offset] : has_no_reading;
}

/// Devanagari, Bengali, Gurmukhi, Gujarati, Oriya, Tamil, Telugu, Kannada and Malayalam are laid
/// out alike, 128 code points each.
string_view indic_reading(char32_t code_point) noexcept {
    constexpr char32_t first = 0x0900;
    constexpr char32_t end = 0x0D80;
    if (code_point < first || code_point >= end) return has_no_reading;
    return indic_readings()[code_point % indic_readings().size()];
}

string_view own_reading(char32_t code_point) noexcept {
    using Blocks = std::span<const ReadingBlock> (*)() noexcept;
    for (const Blocks blocks : {&latin_blocks, &european_blocks, &eastern_blocks, &symbol_blocks}) {
        const string_view reading = reading_in(blocks(), code_point);
        if (reading != has_no_reading) return reading;
    }
    return indic_reading(code_point);
}

/// A Hangul syllable is made of a leading consonant, a vowel and perhaps a trailing consonant.
bool append_hangul(std::string& out, char32_t code_point) {
    constexpr char32_t first = 0xAC00;
    constexpr char32_t last = 0xD7A3;
    constexpr char32_t vowel_count = 21;
    constexpr char32_t trail_count = 28;
    constexpr std::array<string_view, 19> leads{"g", "gg", "n", "d",  "dd", "r", "m",
                                                "b", "bb", "s", "ss", "",   "j", "jj",
                                                "c", "k",  "t", "p",  "h"};
    constexpr std::array<string_view, vowel_count> vowels{
        "a",  "ae", "ya", "yae", "eo", "e",  "yeo", "ye", "o",  "wa", "wae",
        "oe", "yo", "u",  "weo", "we", "wi", "yu",  "eu", "yi", "i"};
    constexpr std::array<string_view, trail_count> trails{
        "",   "g",  "gg", "gs", "n",  "nj", "nh", "d",  "l", "lg", "lm", "lb", "ls", "lt",
        "lp", "lh", "m",  "b",  "bs", "s",  "ss", "ng", "j", "c",  "k",  "t",  "p",  "h"};
    if (code_point < first || code_point > last) return false;
    const char32_t index = code_point - first;
    out += leads.at(index / (vowel_count * trail_count));
    out += vowels.at(index / trail_count % vowel_count);
    out += trails.at(index % trail_count);
    return true;
}

/// An Ethiopic syllable: rows of one consonant, columns of one vowel.
bool append_ethiopic(std::string& out, char32_t code_point) {
    constexpr char32_t first = 0x1200;
    constexpr std::array<string_view, 43> consonants{
        "h",  "l",  "h",   "m", "s",  "r",  "s", "sh", "q",  "qw",  "q",  "qw", "b", "v",  "t",
        "ch", "kh", "khw", "n", "ny", "",   "k", "kw", "kh", "khw", "w",  "",   "z", "zh", "y",
        "d",  "d",  "j",   "g", "gw", "ng", "t", "ch", "p",  "ts",  "ts", "f",  "p"};
    constexpr std::array<string_view, 8> vowels{"a", "u", "i", "aa", "ee", "e", "o", "wa"};
    if (code_point < first || code_point >= first + consonants.size() * vowels.size()) return false;
    if (utf8proc_category(library_code(code_point)) != UTF8PROC_CATEGORY_LO) return false;
    out += consonants.at((code_point - first) / vowels.size());
    out += vowels.at((code_point - first) % vowels.size());
    return true;
}

/// Decimal digits stand in groups of ten in every script.
bool append_digit(std::string& out, char32_t code_point) {
    const auto is_digit = [](char32_t c) {
        return utf8proc_category(library_code(c)) == UTF8PROC_CATEGORY_ND;
    };
    constexpr char32_t group = 10;
    if (!is_digit(code_point)) return false;
    char32_t value = 0;
    while (value < group && is_digit(code_point - value - 1)) ++value;
    out.push_back(static_cast<char>('0' + value % group));
    return true;
}

bool is_fraction(char32_t code_point) noexcept {
    return (code_point >= 0xBCU && code_point <= 0xBEU) ||
           (code_point >= 0x2150U && code_point <= 0x215FU) || code_point == 0x2189U;
}

/// What a character is made of; false when it is made of itself.
bool append_parts(std::string& out, char32_t code_point) {
    constexpr std::size_t longest = 32;  // the longest known decomposition has 18 code points
    std::array<utf8proc_int32_t, longest> parts{};
    int last_boundary_class = 0;
    const auto options = static_cast<utf8proc_option_t>(UTF8PROC_DECOMPOSE | UTF8PROC_COMPAT);
    const auto count = utf8proc_decompose_char(library_code(code_point), parts.data(), parts.size(),
                                               options, &last_boundary_class);
    if (count <= 0 || static_cast<std::size_t>(count) > parts.size()) return false;
    if (count == 1 && parts[0] == library_code(code_point)) return false;
    // "2½" is not twenty-one halves.
    if (is_fraction(code_point)) out.push_back(' ');
    for (std::size_t i = 0; i < static_cast<std::size_t>(count); ++i) {
        append_ascii_reading(out, static_cast<char32_t>(parts.at(i)));
    }
    return true;
}

/// Emoji, with the flags and skin tones that Unicode does not count among the pictographs.
bool is_pictograph(char32_t code_point) noexcept {
    constexpr char32_t first_pictures = 0x1F000;
    constexpr char32_t end_of_pictures = 0x1FB00;
    return (code_point >= first_pictures && code_point < end_of_pictures) ||
           utf8proc_get_property(library_code(code_point))->boundclass ==
               UTF8PROC_BOUNDCLASS_EXTENDED_PICTOGRAPHIC;
}

/// What is left: white space separates, punctuation becomes a dash, all else is silent.
void append_by_category(std::string& out, char32_t code_point) {
    if (is_pictograph(code_point)) return;
    switch (utf8proc_category(library_code(code_point))) {
        case UTF8PROC_CATEGORY_ZS:
        case UTF8PROC_CATEGORY_ZL:
        case UTF8PROC_CATEGORY_ZP:
            out.push_back(' ');
            break;
        case UTF8PROC_CATEGORY_PC:
        case UTF8PROC_CATEGORY_PD:
        case UTF8PROC_CATEGORY_PS:
        case UTF8PROC_CATEGORY_PE:
        case UTF8PROC_CATEGORY_PI:
        case UTF8PROC_CATEGORY_PF:
        case UTF8PROC_CATEGORY_PO:
        case UTF8PROC_CATEGORY_SM:
        case UTF8PROC_CATEGORY_SC:
        case UTF8PROC_CATEGORY_SK:
        case UTF8PROC_CATEGORY_SO:
            out.push_back('-');
            break;
        default:
            break;
    }
}

}  // namespace

void append_ascii_reading(std::string& out, char32_t code_point) {
    constexpr char32_t first_beyond_ascii = 0x80;
    if (code_point < first_beyond_ascii) {
        out.push_back(static_cast<char>(code_point));
        return;
    }
    const string_view reading = own_reading(code_point);
    if (reading == reads_as_nothing) return;
    if (reading != has_no_reading) {
        out += reading;
        return;
    }
    if (append_hangul(out, code_point) || append_ethiopic(out, code_point) ||
        append_parts(out, code_point) || append_digit(out, code_point)) {
        return;
    }
    append_by_category(out, code_point);
}

}  // namespace bm
