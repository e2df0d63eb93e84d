#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace bm {

/// Code points of a passage, and those that a cut one shares with the one before it.
constexpr std::size_t kLongestPassage = 900;
constexpr std::size_t kPassageOverlap = 120;

/// Cuts a text into the passages that a language model is given: at headings and bullets, never
/// longer than it can take. A bullet stands alone, short paragraphs stand together. None for a
/// blank text. Pure.
std::vector<std::string> meaning_passages(std::string_view text);

}  // namespace bm
