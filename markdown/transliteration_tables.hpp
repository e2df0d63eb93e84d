#pragma once

#include <array>
#include <cstddef>
#include <span>
#include <string_view>

/// The readings that code points have of their own. What follows from decomposition, from the
/// category of a character or from arithmetic is not in a table, see transliteration.cpp.
namespace bm {

/// Stands in a table for "read as nothing".
inline constexpr std::string_view reads_as_nothing = "_";
/// Stands in a table for "no reading of its own".
inline constexpr std::string_view has_no_reading = "~";

/// The readings of consecutive code points.
struct ReadingBlock {
    char32_t first;
    std::span<const std::string_view> readings;
};

/// Sorted by first code point, without overlap.
std::span<const ReadingBlock> latin_blocks() noexcept;
std::span<const ReadingBlock> european_blocks() noexcept;
std::span<const ReadingBlock> eastern_blocks() noexcept;
std::span<const ReadingBlock> symbol_blocks() noexcept;

/// The readings of the Indic blocks, which place the same letter at the same offset in each.
std::span<const std::string_view> indic_readings() noexcept;

/// Takes a table apart at compile time; a wrong number of words does not compile.
template <std::size_t count>
consteval std::array<std::string_view, count> readings(std::string_view words) {
    std::array<std::string_view, count> out{};
    std::size_t filled = 0;
    std::size_t start = 0;
    while (start < words.size()) {
        std::size_t end = start;
        while (end < words.size() && words[end] != ' ') ++end;
        out.at(filled) = words.substr(start, end - start);
        ++filled;
        start = end + 1;
    }
    if (filled != count) throw "the table has too few words";
    return out;
}

}  // namespace bm
