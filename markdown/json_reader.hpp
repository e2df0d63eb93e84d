#pragma once

#include <optional>
#include <string_view>

#include "markdown/value.hpp"

namespace bm {

/// A JSON text as a Value: none when it is not JSON or nests deeper than 64 levels. NUL characters
/// in strings are dropped; of two equal keys the last wins.
std::optional<Value> parse_json(std::string_view text);

}  // namespace bm
