#include "markdown/block_scanner.hpp"

#include <algorithm>
#include <cstddef>
#include <string>
#include <utility>

#include "markdown/block_markers.hpp"
#include "markdown/html_block.hpp"
#include "markdown/line_cursor.hpp"
#include "markdown/link_definition.hpp"
#include "markdown/text.hpp"

namespace bm {
namespace {

constexpr std::size_t code_indent = 4;
// A blank line is compared with every open list item, so nesting must have a limit.
constexpr std::size_t deepest_nesting = 100;

constexpr bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }

class BlockScanner {
public:
    BlockScan scan(std::string_view body) {
        constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";
        if (body.substr(0, byte_order_mark.size()) == byte_order_mark) {
            body.remove_prefix(byte_order_mark.size());
        }
        while (!body.empty()) {
            const std::size_t end = std::min(body.find('\n'), body.size());
            const std::size_t line_end = std::min(body.substr(0, end).find('\r'), end);
            std::size_t next = line_end + 1;
            if (line_end + 1 == end && end < body.size()) next = end + 1;
            take_line(body.substr(0, line_end));
            body.remove_prefix(std::min(next, body.size()));
        }
        close_leaf();
        return std::move(scan_);
    }

private:
    struct Container {
        bool is_item = false;
        std::size_t content_indent = 0;
        std::size_t children = 0;
    };
    enum class Leaf { none, paragraph, fenced_code, indented_code, html };

    void take_line(std::string_view line) {
        LineCursor cursor(line);
        continue_containers(cursor);
        continues_leaf_ = false;
        opened_ = false;
        if (continued_ == containers_.size() && leaf_ != Leaf::none) {
            if (leaf_ == Leaf::fenced_code && cursor.indent() < code_indent &&
                closes_fence(cursor.rest(), fence_char_, fence_length_)) {
                return close_leaf();
            }
            continues_leaf_ = continues_leaf(cursor);
        }
        const bool in_raw_text = continues_leaf_ && leaf_ != Leaf::paragraph;
        if (!in_raw_text && open_blocks(cursor)) return;
        add_text(cursor);
    }

    /// Walks down the open containers as far as the line's own markers reach.
    void continue_containers(LineCursor& cursor) {
        continued_ = 0;
        for (const Container& container : containers_) {
            if (!container.is_item) {
                if (cursor.indent() >= code_indent || cursor.next_char() != '>') return;
                skip_quote_marker(cursor);
            } else if (cursor.indent() >= container.content_indent) {
                cursor.skip_columns(container.content_indent);
            } else if (cursor.blank() && container.children > 0) {
                cursor.skip_to_next();
            } else {
                return;
            }
            ++continued_;
        }
    }

    static void skip_quote_marker(LineCursor& cursor) {
        cursor.skip_columns(cursor.indent() + 1);
        if (cursor.at_blank()) cursor.skip_columns(1);
    }

    [[nodiscard]] bool continues_leaf(const LineCursor& cursor) const {
        switch (leaf_) {
            case Leaf::paragraph:
                return !cursor.blank();
            case Leaf::fenced_code:
                return true;
            case Leaf::indented_code:
                return cursor.blank() || cursor.indent() >= code_indent;
            case Leaf::html:
                return !cursor.blank() ||
                       (html_ != HtmlBlock::element && html_ != HtmlBlock::other_tag);
            case Leaf::none:
                break;
        }
        return false;
    }

    /// Opens the blocks that begin on this line. True when nothing of the line is left.
    bool open_blocks(LineCursor& cursor) {
        bool in_paragraph = continues_leaf_;
        bool may_be_lazy = leaf_ == Leaf::paragraph;
        while (!cursor.blank()) {
            if (cursor.indent() >= code_indent) {
                if (may_be_lazy) return false;
                begin_leaf(Leaf::indented_code);
                return true;
            }
            const char c = cursor.next_char();
            if (c == '>' && may_nest()) {
                open_container(false, 0);
                skip_quote_marker(cursor);
            } else if (c == '#' && atx_length(cursor.rest()) > 0) {
                add_heading(atx_text(cursor.rest(), atx_length(cursor.rest())));
                return true;
            } else if ((c == '`' || c == '~') && fence_length(cursor.rest()) > 0) {
                doubt_bytes(cursor.rest());
                fence_length_ = fence_length(cursor.rest());
                fence_char_ = c;
                begin_leaf(Leaf::fenced_code);
                return true;
            } else if (c == '<' && opens_html(cursor.rest(), in_paragraph)) {
                begin_leaf(Leaf::html);
                if (html_block_ends(html_, cursor.rest())) close_leaf();
                return true;
            } else if (in_paragraph && (c == '=' || c == '-') &&
                       is_setext_underline(cursor.rest())) {
                return underline_paragraph();
            } else if ((c == '*' || c == '-' || c == '_') && is_thematic_break(cursor.rest())) {
                begin_leaf(Leaf::none);
                return true;
            } else if (!open_item(cursor, in_paragraph)) {
                return false;
            }
            in_paragraph = false;
            may_be_lazy = false;
        }
        return false;
    }

    void doubt() noexcept {
        if (scan_.trust == BlockScan::Trust::certain) scan_.trust = BlockScan::Trust::unsure;
    }

    /// The parser's patterns for fences and HTML do not match bytes that are not UTF-8.
    void doubt_bytes(std::string_view line) noexcept {
        if (!is_valid_utf8(line)) doubt();
    }

    bool opens_html(std::string_view rest, bool in_paragraph) {
        if (is_disputed_html(rest)) doubt();
        doubt_bytes(rest);
        const HtmlBlock kind = html_block_start(rest);
        if (kind == HtmlBlock::none) return false;
        if (kind == HtmlBlock::other_tag && in_paragraph) return false;
        html_ = kind;
        return true;
    }

    bool may_nest() {
        if (containers_.size() < deepest_nesting || continued_ < containers_.size()) return true;
        scan_.trust = BlockScan::Trust::too_deep;
        return false;
    }

    bool open_item(LineCursor& cursor, bool interrupts_paragraph) {
        const char c = cursor.next_char();
        if (c != '*' && c != '-' && c != '+' && !is_digit(c)) return false;
        const std::size_t marker = list_marker_length(cursor.rest(), interrupts_paragraph);
        if (marker == 0 || !may_nest()) return false;
        const std::size_t marker_indent = cursor.indent();
        cursor.skip_to_next();
        cursor.skip_columns(marker);
        // Five blanks or more are one blank and indented code; so is a line that ends here.
        std::size_t padding = 1;
        if (!cursor.blank() && cursor.indent() <= code_indent) {
            padding = std::max<std::size_t>(cursor.indent(), 1);
        }
        if (cursor.at_blank()) cursor.skip_columns(padding);
        open_container(true, marker_indent + marker + padding);
        return true;
    }

    void open_container(bool is_item, std::size_t content_indent) {
        begin_leaf(Leaf::none);
        containers_.push_back(Container{is_item, content_indent, 0});
        continued_ = containers_.size();
        if (is_item) {
            in_list_item_ = true;
        } else {
            ++quotes_;
        }
    }

    /// Closes what the line does not continue and what it interrupts, and starts a block there.
    void begin_leaf(Leaf leaf) {
        close_unmatched();
        close_leaf();
        if (!containers_.empty()) ++containers_.back().children;
        leaf_ = leaf;
        continues_leaf_ = true;
        opened_ = true;
    }

    void close_unmatched() {
        if (!continues_leaf_) close_leaf();
        while (containers_.size() > continued_) {
            // Any closing item ends the list item state, also inside an outer item.
            if (containers_.back().is_item) {
                in_list_item_ = false;
            } else {
                --quotes_;
            }
            containers_.pop_back();
        }
    }

    void close_leaf() {
        if (leaf_ == Leaf::paragraph && !finish_paragraph()) {
            scan_.runs.pop_back();
            if (!containers_.empty()) --containers_.back().children;
        }
        leaf_ = Leaf::none;
    }

    /// Takes link reference definitions off the paragraph. False when nothing is left of it.
    bool finish_paragraph() {
        std::string& text = scan_.runs.back().text;
        if (text.front() == '[' && starts_like_definition(text)) {
            doubt();
            std::size_t length = 0;
            while (length < text.size() && text[length] == '[') {
                const std::size_t more =
                    link_definition_length(std::string_view(text).substr(length));
                if (more == 0) break;
                length += more;
            }
            text.erase(0, length);
        }
        text.resize(without_trailing_blanks(text).size());
        return !text.empty();
    }

    bool underline_paragraph() {
        if (finish_paragraph()) {
            leaf_ = Leaf::none;
            return true;
        }
        // Only definitions stood above the line: it is text of the same paragraph.
        return false;
    }

    void add_run(std::string_view text) {
        scan_.runs.push_back(InlineRun{std::string(text), in_list_item_, quotes_ > 0});
    }

    void add_heading(std::string_view text) {
        begin_leaf(Leaf::none);
        if (!text.empty()) add_run(text);
    }

    void add_text(LineCursor& cursor) {
        if (continues_leaf_ && leaf_ != Leaf::paragraph && leaf_ != Leaf::none) {
            if (leaf_ != Leaf::html) return;
            doubt_bytes(cursor.rest());
            if (html_block_ends(html_, cursor.rest())) close_leaf();
            return;
        }
        const bool is_lazy =
            leaf_ == Leaf::paragraph && !continues_leaf_ && !opened_ && !cursor.blank();
        if (!is_lazy) {
            close_unmatched();
            if (cursor.blank()) return;
            if (leaf_ == Leaf::none) {
                begin_leaf(Leaf::paragraph);
                return add_run(cursor.rest());
            }
        }
        std::string& text = scan_.runs.back().text;
        if (!text.empty()) text += '\n';
        text += cursor.rest();
    }

    BlockScan scan_;
    std::vector<Container> containers_;
    std::size_t continued_ = 0;  ///< how many of them the current line continues
    Leaf leaf_ = Leaf::none;     ///< the open block inside the last container
    bool continues_leaf_ = false;
    bool opened_ = false;  ///< a block was opened on the current line
    char fence_char_ = '`';
    std::size_t fence_length_ = 0;
    HtmlBlock html_ = HtmlBlock::none;
    bool in_list_item_ = false;
    std::size_t quotes_ = 0;
};

}  // namespace

BlockScan scan_blocks(std::string_view body) { return BlockScanner().scan(body); }

void tidy_run(std::string& text) {
    std::size_t kept = 0;
    bool at_line_start = true;
    for (const char c : text) {
        if (at_line_start && (c == ' ' || c == '\t')) continue;
        at_line_start = c == '\n';
        text[kept++] = c;
    }
    text.resize(kept);
    text.resize(without_trailing_blanks(text).size());
}

}  // namespace bm
