#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "markdown/result.hpp"
#include "markdown/value.hpp"

/// The YAML block of a note, read and written. The only file that sees the YAML library.
namespace bm {

/// A whole file taken apart by the reader's rules.
struct SplitText {
    enum class Block {
        absent,      ///< no fences, or not closed
        mapping,     ///< `values` holds it
        no_mapping,  ///< valid YAML but a list, a scalar, empty or only comments
        malformed,   ///< not YAML: the whole untrimmed text is the body
    };
    Block block = Block::absent;
    ValueMap values;      ///< raw values with their spelling
    std::string body;     ///< trimmed, except when malformed
    std::string problem;  ///< what the YAML reader said when malformed, one line
};

/// Total: any text (after BOM removal) is taken apart one way or another.
SplitText split_frontmatter(std::string_view text);

/// The helpers for text the program writes itself.
bool has_frontmatter(std::string_view text);
/// Fault::invalid: `Content has no frontmatter`, `Invalid frontmatter format`, `Frontmatter must be
/// a YAML dictionary`, `Invalid YAML in frontmatter: {reason}`.
Result<ValueMap> parse_frontmatter(std::string_view text);
/// The text behind the closing fence, or all of it when there is no closed block; trimmed.
std::string strip_frontmatter(std::string_view text);

/// Values as strings, recursively.
Value normalized(const Value& value);
ValueMap normalized(const ValueMap& map);
/// The normalised string of a scalar (`None` for null); a list or map in the host language's
/// notation
/// (['a', 'b']).
std::string display_string(const Value& value);

/// The tag rule (1.5, `tags.json`): lists, comma strings and JSON text of a list. Empty pieces are
/// dropped from lists; `a,#,b` yields an empty middle tag as the rule says. Nothing but an empty
/// tag is no tag.
std::vector<std::string> parse_tags(const Value& value);

/// The YAML text of a block without fences, each line ended by '\n'.
std::string write_yaml(const ValueMap& map);
/// The whole file: fences, block, blank line, body, laid out as 2.1 says.
std::string compose_note(const ValueMap& map, std::string_view body);

/// Overwrites or appends the given keys in the block of `text` and keeps the body's bytes.
/// Comments, spelling and order of the other lines are kept where the block's layout allows it.
/// Fault::conflict when the block is malformed or holds something other than a map: such a note is
/// left alone.
Result<std::string> with_frontmatter_keys(std::string_view text, const ValueMap& keys);

}  // namespace bm
