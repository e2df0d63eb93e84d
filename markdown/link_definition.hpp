#pragma once

#include <cstddef>
#include <string_view>

namespace bm {

/// True when a paragraph begins with a bracketed label and a colon, as a link reference definition
/// does.
bool starts_like_definition(std::string_view paragraph) noexcept;

/// Length of the link reference definition that a paragraph begins with (`[label]: target "title"`
/// up to and including its line break), 0 when it begins otherwise.
std::size_t link_definition_length(std::string_view paragraph) noexcept;

}  // namespace bm
