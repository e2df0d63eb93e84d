#pragma once

#include <string>
#include <string_view>

namespace bm {

/// Whether a terminal or a log shows this code point as a character: no control of either kind, and
/// nothing that ends a line or turns its direction around.
bool is_shown(char32_t code_point) noexcept;

/// Names and titles as a terminal or a log may show them: nothing in them moves the cursor, renames
/// the window or begins a line. Valid UTF-8.
std::string printable(std::string_view text);
/// The same of several lines: their ends and tabs stay.
std::string printable_lines(std::string_view text);

}  // namespace bm
