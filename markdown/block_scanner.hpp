#pragma once

#include <string_view>
#include <vector>

#include "markdown/inline_runs.hpp"

namespace bm {

/// What the line scanner found.
struct BlockScan {
    enum class Trust {
        certain,   ///< a CommonMark parser finds the same runs
        unsure,    ///< a construct was met that parsers may read in another way
        too_deep,  ///< deeper nesting than the scanner follows: the rest was read as plain
                   ///< paragraphs
    };
    std::vector<InlineRun> runs;
    Trust trust = Trust::certain;
};

/// Finds the runs of a body line by line: fences, indented code, HTML blocks, block quotes, list
/// items, both kinds of heading, thematic breaks, link reference definitions and lazy continuation
/// lines. Linear in the size of the body.
BlockScan scan_blocks(std::string_view body);

/// A run's text in the form that both ways of finding it agree on: no blanks at the start of its
/// lines and at its end.
void tidy_run(std::string& text);

}  // namespace bm
