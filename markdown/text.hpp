#pragma once

#include <string>
#include <string_view>
#include <vector>

/// Small text functions that every room needs. All take and give UTF-8 and never throw on bad
/// bytes.
namespace bm {

bool is_valid_utf8(std::string_view bytes) noexcept;
/// Replaces each invalid sequence by U+FFFD.
std::string replace_invalid_utf8(std::string_view bytes);
/// The first `count` code points (never cuts one in two).
std::string_view first_code_points(std::string_view text, std::size_t count) noexcept;
std::size_t count_code_points(std::string_view text) noexcept;

/// Trims Unicode white space at both ends, as Python's str.strip().
std::string_view trim(std::string_view text) noexcept;
std::string_view trim_right(std::string_view text) noexcept;
/// True when only white space is left.
bool is_blank(std::string_view text) noexcept;
/// Words between runs of Unicode white space, as Python's str.split().
std::vector<std::string_view> split_words(std::string_view text);
/// Pieces between each occurrence of `separator`, empty ones included.
std::vector<std::string_view> split(std::string_view text, char separator);
std::string join(const std::vector<std::string>& pieces, std::string_view separator);
std::string replace_all(std::string_view text, std::string_view from, std::string_view to);

std::string to_lower(std::string_view text);         ///< simple lower-casing of every script
std::string case_fold(std::string_view text);        ///< full Unicode case folding
std::string to_nfc(std::string_view text);           ///< Unicode normalisation form C
std::string to_nfd(std::string_view text);           ///< Unicode normalisation form D
bool is_alphanumeric(char32_t code_point) noexcept;  ///< letters and digits of every script
bool is_white_space(char32_t code_point) noexcept;

/// Decodes the code point at `at` and advances it; U+FFFD and one byte for an invalid sequence.
char32_t next_code_point(std::string_view text, std::size_t& at) noexcept;
void append_utf8(std::string& out, char32_t code_point);

bool starts_with_ignoring_case(std::string_view text, std::string_view ascii_prefix) noexcept;
bool ends_with_ignoring_case(std::string_view text, std::string_view ascii_suffix) noexcept;

/// Shell-style pattern: `*` (also crosses '/'), `?`, `[seq]`, `[!seq]`. Case-sensitive. Linear in
/// pattern times text at worst.
bool matches_glob(std::string_view text, std::string_view pattern) noexcept;

}  // namespace bm
