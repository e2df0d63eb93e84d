#include <cstddef>
#include <utility>

#include "markdown/frontmatter.hpp"
#include "markdown/json_reader.hpp"
#include "markdown/text.hpp"
#include "markdown/yaml_scalar.hpp"

namespace bm {
namespace {

void append_escape(std::string& out, char32_t code_point) {
    constexpr std::string_view digits = "0123456789abcdef";
    const bool is_short = code_point < 0x100U;
    out += is_short ? "\\x" : "\\u";
    for (unsigned shift = is_short ? 8 : 16; shift > 0; shift -= 4) {
        out += digits[(code_point >> (shift - 4)) & 0xFU];
    }
}

/// A string as Python prints it inside a list.
void append_quoted(std::string& out, std::string_view text) {
    const bool has_single = text.find('\'') != std::string_view::npos;
    const char quote = has_single && text.find('"') == std::string_view::npos ? '"' : '\'';
    out += quote;
    for (std::size_t at = 0; at < text.size();) {
        const char32_t code_point = next_code_point(text, at);
        if (code_point == U'\n') {
            out += "\\n";
        } else if (code_point == U'\r') {
            out += "\\r";
        } else if (code_point == U'\t') {
            out += "\\t";
        } else if (code_point == U'\\' || code_point == static_cast<char32_t>(quote)) {
            out += '\\';
            append_utf8(out, code_point);
        } else if (code_point < 0x20U || (code_point >= 0x7FU && code_point <= 0xA0U) ||
                   code_point == 0x2028U || code_point == 0x2029U) {
            append_escape(out, code_point);
        } else {
            append_utf8(out, code_point);
        }
    }
    out += quote;
}

void append_display(std::string& out, const Value& value) {
    if (const Scalar* scalar = value.scalar()) {
        // Normalised values are strings or null.
        if (value.is_null()) {
            out += "None";
        } else {
            append_quoted(out, normal_form(*scalar));
        }
    } else if (const ValueList* list = value.list()) {
        out += '[';
        for (const Value& item : *list) {
            if (&item != &list->front()) out += ", ";
            append_display(out, item);
        }
        out += ']';
    } else if (const ValueMap* map = value.map()) {
        out += '{';
        for (const Member& member : *map) {
            if (&member != &map->front()) out += ", ";
            append_quoted(out, member.key);
            out += ": ";
            append_display(out, member.value);
        }
        out += '}';
    }
}

std::string_view without_hashes(std::string_view piece) noexcept {
    piece = trim(piece);
    while (!piece.empty() && piece.front() == '#') piece.remove_prefix(1);
    return piece;
}

std::vector<std::string> tags_of_list(const ValueList& list) {
    std::vector<std::string> tags;
    for (const Value& item : list) {
        if (item.is_null()) continue;
        const std::string text = display_string(item);
        for (const std::string_view piece : split(text, ',')) {
            const std::string_view tag = without_hashes(piece);
            if (!tag.empty()) tags.emplace_back(tag);
        }
    }
    return tags;
}

std::vector<std::string> tags_of_text(std::string_view text) {
    if (text.size() >= 2 && text.front() == '[' && text.back() == ']') {
        const auto value = parse_json(text);
        if (value && value->list() != nullptr) return tags_of_list(*value->list());
    }
    std::vector<std::string> tags;
    for (const std::string_view piece : split(text, ',')) {
        if (!is_blank(piece)) tags.emplace_back(without_hashes(piece));
    }
    if (tags.size() == 1 && tags.front().empty()) tags.clear();
    return tags;
}

}  // namespace

Value normalized(const Value& value) {
    if (const Scalar* scalar = value.scalar()) {
        if (scalar->kind == ScalarKind::null) return Value();
        return Value::string(normal_form(*scalar));
    }
    if (const ValueMap* map = value.map()) return Value(normalized(*map));
    ValueList out;
    if (const ValueList* list = value.list()) {
        out.reserve(list->size());
        for (const Value& item : *list) out.push_back(normalized(item));
    }
    return Value(std::move(out));
}

ValueMap normalized(const ValueMap& map) {
    ValueMap out;
    out.reserve(map.size() + 2);  // a title and a type are usually added
    for (const Member& member : map) out.push_back(Member{member.key, normalized(member.value)});
    return out;
}

std::string display_string(const Value& value) {
    if (const Scalar* scalar = value.scalar()) return normal_form(*scalar);
    std::string out;
    append_display(out, value);
    return out;
}

std::vector<std::string> parse_tags(const Value& value) {
    if (value.is_null()) return {};
    if (const ValueList* list = value.list()) return tags_of_list(*list);
    return tags_of_text(display_string(value));
}

}  // namespace bm
