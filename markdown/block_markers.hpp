#pragma once

#include <cstddef>
#include <string_view>

/// What the first characters of a line make of it. Each function takes the line from its first
/// character that is not a blank, and it is not empty.
namespace bm {

/// Length of the marker `#` to `######` of a heading, 0 when it is none.
std::size_t atx_length(std::string_view rest) noexcept;
/// The heading's text: without a marker of `marker` characters and without closing hashes.
std::string_view atx_text(std::string_view rest, std::size_t marker) noexcept;

/// Length of an opening code fence, 0 when it is none.
std::size_t fence_length(std::string_view rest) noexcept;
/// True for a fence that closes one of `length` characters `c`.
bool closes_fence(std::string_view rest, char c, std::size_t length) noexcept;

bool is_setext_underline(std::string_view rest) noexcept;
bool is_thematic_break(std::string_view rest) noexcept;

/// Length of a list marker (`-`, `12.`), 0 when it is none or may not interrupt a paragraph.
std::size_t list_marker_length(std::string_view rest, bool interrupts_paragraph) noexcept;

/// The text without blanks and line breaks at its end.
std::string_view without_trailing_blanks(std::string_view text) noexcept;

}  // namespace bm
