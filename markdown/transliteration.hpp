#pragma once

#include <string>

namespace bm {

/// Appends the ASCII reading of one code point: "Ж" gives "Zh", "é" gives "e". Nothing is appended
/// for what has no reading (an emoji, a combining mark, Han and scripts without a table). A white
/// space gives a blank. Hangul, kana, Arabic and the like are read letter by letter.
void append_ascii_reading(std::string& out, char32_t code_point);

}  // namespace bm
