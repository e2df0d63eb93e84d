#include "markdown/title_heading.hpp"

#include "markdown/frontmatter.hpp"
#include "markdown/frontmatter_fences.hpp"
#include "markdown/markdown_lines.hpp"
#include "markdown/text.hpp"

namespace bm {

namespace {

/// The text of an ATX heading's line without its signs, opening and closing ones.
std::string_view heading_text(std::string_view line) {
    std::string_view text = trim(line);
    text.remove_prefix(text.find_first_not_of('#') == std::string_view::npos
                           ? text.size()
                           : text.find_first_not_of('#'));
    text = trim(text);
    const std::size_t last = text.find_last_not_of('#');
    if (last == std::string_view::npos) return {};
    // A closing run of signs needs a blank in front; "C#" keeps its sign.
    if (last + 1 < text.size() && (text[last] == ' ' || text[last] == '\t'))
        text = trim(text.substr(0, last));
    return text;
}

std::optional<std::string> title_in(const ValueMap& values) {
    const Value* title = find(values, "title");
    if (title == nullptr || title->is_null()) return std::nullopt;
    return display_string(*title);
}

}  // namespace

std::optional<std::string> first_level_one_heading(std::string_view text) {
    FencedBlock block;
    const std::string_view body =
        find_written_block(text, block) == Fences::closed ? block.rest : text;
    FencedCode code;
    for (std::size_t at = 0; at != std::string_view::npos;) {
        const MarkdownLine line = markdown_line_at(body, at);
        if (!code.takes(line.text) && atx_level(line.text) == 1)
            return std::string(heading_text(line.text));
        at = line.next;
    }
    return std::nullopt;
}

std::optional<std::string> title_after_edit(std::string_view title, std::string_view before,
                                            std::string_view after) {
    if (before == after) return std::nullopt;
    const auto old_heading = first_level_one_heading(before);
    if (!old_heading || *old_heading != title) return std::nullopt;
    const auto new_heading = first_level_one_heading(after);
    if (!new_heading || new_heading->empty() || *new_heading == *old_heading) return std::nullopt;
    const auto old_block = split_frontmatter(before);
    const auto new_block = split_frontmatter(after);
    if (old_block.block != SplitText::Block::mapping ||
        new_block.block != SplitText::Block::mapping) {
        return std::nullopt;  // without a block of its own the title is the file's name
    }
    if (title_in(old_block.values) != title_in(new_block.values)) return std::nullopt;
    return new_heading;
}

}  // namespace bm
