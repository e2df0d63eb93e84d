#pragma once

#include <nlohmann/json.hpp>

namespace bm {

/// JSON whose objects keep their keys in order: results print as specified, and a client's metadata
/// lands in a note's frontmatter in the order it was given.
using Json = nlohmann::ordered_json;

}  // namespace bm
