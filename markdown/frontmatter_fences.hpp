#pragma once

#include <optional>
#include <string_view>

/// Where the block of a note's front matter begins and ends.
namespace bm {

/// The text without the byte order mark that it may begin with.
std::string_view without_byte_order_mark(std::string_view text) noexcept;

/// A block between two fences, as views into the text it was found in.
struct FencedBlock {
    enum class Notation { yaml, json };
    Notation notation = Notation::yaml;
    std::string_view block;  ///< the lines between the fences; JSON: with its braces
    std::string_view rest;   ///< everything behind the line of the closing fence
};

/// The block by the reader's rule: at the start of the trimmed text, between
/// lines of three or more hyphens, or between lines `{` and `}`.
std::optional<FencedBlock> find_block(std::string_view text) noexcept;

enum class Fences { none, unclosed, closed };

/// The block by the stricter rule for text that the program writes:
/// lines of exactly three hyphens in column 0. `found` is set when the answer is `closed`.
Fences find_written_block(std::string_view text, FencedBlock& found) noexcept;

}  // namespace bm
