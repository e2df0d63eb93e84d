#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "markdown/frontmatter.hpp"
#include "markdown/value.hpp"

/// The two readers behind markdown/frontmatter.hpp.
namespace bm {

/// What a YAML text turned out to be; never `absent`.
struct YamlBlock {
    SplitText::Block kind = SplitText::Block::malformed;
    bool is_empty = false;  ///< nothing but white space, comments or null
    ValueMap values;
    std::string problem;  ///< why it is malformed, one line
};

/// The fast reader when it is sure, the library otherwise. Total.
YamlBlock read_yaml_block(std::string_view block);

/// Reads the block with the YAML library alone. Total.
YamlBlock read_block_by_library(std::string_view block);

/// Reads a block of lines `key: scalar`, `key:` with a list of scalars below it, and `key: [a, b]`,
/// all of them without anything that needs a real YAML reader. Declines (none) whenever it is not
/// sure; what it returns is what the library would return.
std::optional<ValueMap> read_plain_block(std::string_view block);

}  // namespace bm
