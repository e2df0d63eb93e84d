#pragma once

#include <string>
#include <string_view>

namespace bm {

/// A text as a shell takes it for one word: in quotes where it would take it otherwise. Pure.
[[nodiscard]] std::string shell_word(std::string_view text);

}  // namespace bm
