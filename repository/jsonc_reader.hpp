#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "markdown/result.hpp"

namespace bm {

struct JsoncItem;

/// A value and where it stands. Of `items` an object has names, an array has none.
struct JsoncValue {
    enum class Kind { object, array, plain };
    Kind kind = Kind::plain;
    std::size_t begin = 0;
    std::size_t end = 0;  ///< behind the last byte
    std::vector<JsoncItem> items;
    /// Behind the last comment in front of the closing bracket, else as `items` or the bracket ask.
    std::size_t last_comment_end = 0;
};

struct JsoncItem {
    std::string name;       ///< without escapes
    std::size_t begin = 0;  ///< of the name, or of the value in an array
    JsoncValue value;
    std::optional<std::size_t> comma = {};  ///< the one that follows
};

/// Takes JSON with comments and trailing commas apart. Fault::invalid says where and why.
Result<JsoncValue> read_jsonc(std::string_view text);

}  // namespace bm
