#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace bm {

/// One paragraph or heading of a note's body, as raw source with the block markers removed.
struct InlineRun {
    std::string text;  ///< soft line breaks kept as '\n'
    bool in_list_item = false;
    bool in_block_quote = false;
};

/// The runs that are examined for observations and relations, in document order. A
/// line scanner finds them; where it is not sure, cmark-gfm does, unless the body is too large for
/// that. The only file that sees cmark-gfm.
std::vector<InlineRun> inline_runs(std::string_view body);

/// The runs as cmark-gfm finds them, whatever the size of the body.
std::vector<InlineRun> runs_by_parser(std::string_view body);

}  // namespace bm
