#include <algorithm>
#include <cstddef>

#include "markdown/frontmatter.hpp"
#include "markdown/text.hpp"
#include "markdown/yaml_scalar.hpp"

namespace bm {
namespace {

constexpr std::size_t best_width = 80;    // lines are folded at the first space behind this column
constexpr std::size_t longest_key = 122;  // longer keys take the explicit form `? key`
constexpr std::size_t indent_step = 2;

using CodePoints = std::u32string;

CodePoints decoded(std::string_view text) {
    CodePoints points;
    points.reserve(text.size());
    for (std::size_t at = 0; at < text.size();) points.push_back(next_code_point(text, at));
    return points;
}

bool is_any_of(char32_t c, std::u32string_view set) noexcept {
    return set.find(c) != std::u32string_view::npos;
}

/// Line breaks of YAML 1.1 that are not '\n'. Some readers fold them, some do not: always escaped.
bool is_exotic_break(char32_t c) noexcept { return c == 0x85U || c == 0x2028U || c == 0x2029U; }

bool is_printable(char32_t c) noexcept {
    if (c < 0x7FU) return c >= 0x20U || c == U'\n';
    return c >= 0xA0U && c != 0xFEFFU && c < 0x10FFFFU && c != 0xFFFEU && c != 0xFFFFU &&
           !is_exotic_break(c);
}

bool is_yaml_space(char32_t c) noexcept {
    return c == U'\0' || c == U' ' || c == U'\t' || c == U'\r' || c == U'\n' || is_exotic_break(c);
}

enum class Style { plain, single_quoted, double_quoted };

/// True when a character would be taken for syntax at this place in plain text.
bool is_indicator(const CodePoints& text, std::size_t at) noexcept {
    const char32_t c = text[at];
    const bool space_follows = at + 1 >= text.size() || is_yaml_space(text[at + 1]);
    if (c == U':' && space_follows) return true;
    if (at > 0) return c == U'#' && is_yaml_space(text[at - 1]);
    if (is_any_of(c, U"#,[]{}&*!|>'\"%@`")) return true;
    return (c == U'?' || c == U'-') && space_follows;
}

bool starts_with_document_mark(const CodePoints& text) noexcept {
    return text.compare(0, 3, U"---") == 0 || text.compare(0, 3, U"...") == 0;
}

/// The least quoting under which the text reads back as the same string.
Style style_of(const CodePoints& text, bool is_other_type) noexcept {
    if (text.empty()) return Style::single_quoted;
    bool plain = !is_other_type && !starts_with_document_mark(text);
    for (std::size_t i = 0; i < text.size(); ++i) {
        const char32_t c = text[i];
        if (!is_printable(c)) return Style::double_quoted;
        const bool meets_break = c == U' ' && ((i > 0 && text[i - 1] == U'\n') ||
                                               (i + 1 < text.size() && text[i + 1] == U'\n'));
        // Blanks around a line break are lost when the lines are folded together.
        if (meets_break) return Style::double_quoted;
        if (c == U'\n' || is_indicator(text, i)) plain = false;
    }
    if (text.front() == U' ' || text.back() == U' ') plain = false;
    return plain ? Style::plain : Style::single_quoted;
}

/// A string that plain text would not give back as a string.
bool reads_as_other_type(std::string_view text) noexcept {
    return plain_kind(text) != ScalarKind::string || text == "=" || text == "<<";
}

class BlockWriter {
public:
    std::string write(const ValueMap& map) {
        write_members(map, 0, false);
        out_ += '\n';
        return std::move(out_);
    }

private:
    /// Each member and item has a line of its own, but the first may find its line begun (`- key:
    /// value`).
    void begin_line(std::size_t indent, bool is_continued) {
        if (!is_continued && !out_.empty()) new_line(indent);
    }

    void new_line(std::size_t indent) {
        out_ += '\n';
        out_.append(indent, ' ');
        column_ = indent;
    }

    void put(std::string_view ascii) {
        out_ += ascii;
        column_ += ascii.size();
    }

    void put(const CodePoints& text, std::size_t begin, std::size_t end) {
        for (std::size_t i = begin; i < end; ++i) append_utf8(out_, text[i]);
        column_ += end - begin;
    }

    void write_members(const ValueMap& map, std::size_t indent, bool is_continued) {
        for (const Member& member : map) {
            begin_line(indent, is_continued && &member == &map.front());
            const CodePoints key = decoded(member.key);
            const bool is_simple =
                !key.empty() && key.size() <= longest_key && key.find(U'\n') == CodePoints::npos;
            if (is_simple) {
                write_string(member.key, key, indent + indent_step, false);
                put(":");
            } else {
                put("? ");
                write_string(member.key, key, indent + indent_step, true);
                new_line(indent);
                put(":");
            }
            write_member_value(member.value, indent, !is_simple);
        }
    }

    void write_member_value(const Value& value, std::size_t indent, bool is_explicit) {
        const ValueList* list = value.list();
        const ValueMap* map = value.map();
        const bool is_block =
            (list != nullptr && !list->empty()) || (map != nullptr && !map->empty());
        if (!is_block || is_explicit) {
            put(" ");
            write_continued(value, indent + indent_step);
        } else if (list != nullptr) {
            write_items(*list, indent, false);
        } else {
            write_members(*map, indent + indent_step, false);
        }
    }

    void write_items(const ValueList& list, std::size_t indent, bool is_continued) {
        for (const Value& item : list) {
            begin_line(indent, is_continued && &item == &list.front());
            put("- ");
            write_continued(item, indent + indent_step);
        }
    }

    /// A value on a line that has begun; the following lines of it start at `indent`.
    void write_continued(const Value& value, std::size_t indent) {
        if (const ValueList* list = value.list()) {
            if (list->empty()) {
                put("[]");
            } else {
                write_items(*list, indent, true);
            }
        } else if (const ValueMap* map = value.map()) {
            if (map->empty()) {
                put("{}");
            } else {
                write_members(*map, indent, true);
            }
        } else if (const Scalar* scalar = value.scalar()) {
            write_scalar(*scalar, indent);
        }
    }

    void write_scalar(const Scalar& scalar, std::size_t indent) {
        if (scalar.kind == ScalarKind::null) {
            put("null");
        } else if (scalar.kind != ScalarKind::string && plain_kind(scalar.text) == scalar.kind) {
            put(scalar.text);
        } else {
            write_string(scalar.text, decoded(scalar.text), indent, true);
        }
    }

    void write_string(std::string_view bytes, const CodePoints& text, std::size_t indent,
                      bool may_fold) {
        switch (style_of(text, reads_as_other_type(bytes))) {
            case Style::plain:
                return write_words(text, indent, may_fold, false);
            case Style::single_quoted:
                put("'");
                write_words(text, indent, may_fold, true);
                return put("'");
            case Style::double_quoted:
                return write_escaped(text, indent, may_fold);
        }
    }

    /// Plain and single-quoted text: words, spaces and line breaks.
    void write_words(const CodePoints& text, std::size_t indent, bool may_fold, bool is_quoted) {
        for (std::size_t begin = 0; begin < text.size();) {
            const char32_t c = text[begin];
            std::size_t end = begin;
            if (c == U' ' || c == U'\n') {
                end = std::min(text.find_first_not_of(c, begin), text.size());
            } else {
                end = std::min(text.find_first_of(U" \n", begin), text.size());
            }
            const bool inside = begin > 0 && end < text.size();
            if (c == U'\n') {
                // A single break would be folded into a space.
                out_.append(end - begin, '\n');
                new_line(indent);
            } else if (c == U' ' && end - begin == 1 && column_ > best_width && may_fold &&
                       inside) {
                new_line(indent);
            } else if (is_quoted) {
                write_doubling_quotes(text, begin, end);
            } else {
                put(text, begin, end);
            }
            begin = end;
        }
    }

    void write_doubling_quotes(const CodePoints& text, std::size_t begin, std::size_t end) {
        for (std::size_t i = begin; i < end; ++i) {
            put(text, i, i + 1);
            if (text[i] == U'\'') put("'");
        }
    }

    void write_escaped(const CodePoints& text, std::size_t indent, bool may_fold) {
        put("\"");
        std::size_t pending = 0;  // text[pending, at) is still to be written
        for (std::size_t at = 0; at < text.size(); ++at) {
            const char32_t c = text[at];
            const bool escape =
                !is_printable(c) || c == U'\n' || c == U'"' || c == U'\\' || c >= 0x10000U;
            if (escape) {
                put(text, pending, at);
                pending = at + 1;
                write_escape(c);
            }
            const bool at_gap = c == U' ' || pending >= at;
            // An escape just written is not counted as a column of its own.
            if (may_fold && at > 0 && at + 1 < text.size() && at_gap &&
                column_ + at > best_width + pending) {
                put(text, std::min(pending, at), at);
                pending = std::max(pending, at);
                put("\\");
                new_line(indent);
                // Leading spaces of a folded line are dropped unless the first is escaped.
                if (pending < text.size() && text[pending] == U' ') put("\\");
            }
        }
        put(text, pending, text.size());
        put("\"");
    }

    void write_escape(char32_t c) {
        constexpr std::u32string_view named = U"\a\b\t\n\v\f\r\x1B\"\\\x85\u2028\u2029";
        constexpr std::string_view names = "abtnvfre\"\\NLP";
        const std::size_t place = named.find(c);
        if (place != std::u32string_view::npos) {
            put("\\");
            put(names.substr(place, 1));
            return;
        }
        constexpr std::string_view digits = "0123456789ABCDEF";
        const unsigned width = c <= 0xFFU ? 2 : c <= 0xFFFFU ? 4 : 8;
        put(width == 2 ? "\\x" : width == 4 ? "\\u" : "\\U");
        for (unsigned shift = width * 4; shift > 0; shift -= 4) {
            put(digits.substr((c >> (shift - 4)) & 0xFU, 1));
        }
    }

    std::string out_;
    std::size_t column_ = 0;
};

}  // namespace

std::string write_yaml(const ValueMap& map) {
    if (map.empty()) return {};
    return BlockWriter().write(map);
}

}  // namespace bm
