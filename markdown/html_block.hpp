#pragma once

#include <string_view>

namespace bm {

/// The kinds of raw HTML block in the order of the CommonMark specification.
enum class HtmlBlock {
    none,
    verbatim,     ///< script, pre, style
    comment,      ///< <!-- -->
    instruction,  ///< <? ?>
    declaration,  ///< <!NAME >
    cdata,        ///< <![CDATA[ ]]>
    element,      ///< a block-level element, up to a blank line
    other_tag,    ///< any other complete tag alone on its line, up to a blank line
};

/// The block that a line opens; `line` begins at its first character that is not white space.
HtmlBlock html_block_start(std::string_view line) noexcept;

/// True when editions of the CommonMark specification disagree about the block that a line opens.
bool is_disputed_html(std::string_view line) noexcept;

/// True when the block ends with this line. A blank line ends the last two kinds, which is the
/// caller's business.
bool html_block_ends(HtmlBlock kind, std::string_view line) noexcept;

}  // namespace bm
