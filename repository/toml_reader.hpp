#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "markdown/result.hpp"

namespace bm {

/// One statement of a TOML file: the head of a table, or a name with its value.
struct TomlStatement {
    enum class Kind { table, table_of_array, value };
    Kind kind = Kind::value;
    std::vector<std::string> path;  ///< for values below the table they stand in
    std::size_t begin = 0;          ///< of its first line
    std::size_t end = 0;            ///< behind the last byte of its last line, its newline included
    std::size_t value_begin = 0;    ///< of a value
    std::size_t value_end = 0;
    /// A text, or the texts of an array; one piece for anything else, as written.
    std::vector<std::string> texts = {};
};

/// Takes a file apart into statements; blank lines and comments are between them. Fault::invalid
/// names the line.
Result<std::vector<TomlStatement>> read_toml(std::string_view text);

}  // namespace bm
