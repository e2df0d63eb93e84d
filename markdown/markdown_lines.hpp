#pragma once

#include <cstddef>
#include <string_view>

/// What single lines of Markdown are, as far as that can be told without parsing the document.
namespace bm {

/// The line that begins at `begin`, without its '\n'. `next` is where the following line begins,
/// and std::string_view::npos for the last line.
struct MarkdownLine {
    std::string_view text;
    std::size_t next = std::string_view::npos;
};
MarkdownLine markdown_line_at(std::string_view text, std::size_t begin) noexcept;

/// 1 to 6 for an ATX heading: at most three blanks, the signs, then a blank, a tab or the end. 0
/// for any other line.
int atx_level(std::string_view line) noexcept;

/// Knows which lines are fenced code. Feed it every line in order.
class FencedCode {
public:
    /// True for the opening fence, what is inside and the closing fence.
    bool takes(std::string_view line) noexcept;

private:
    char sign_ = '\0';  ///< of the open fence; NUL when none is open
    std::size_t length_ = 0;
};

}  // namespace bm
