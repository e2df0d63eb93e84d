#include "markdown/picoschema.hpp"

#include <algorithm>
#include <optional>
#include <utility>

#include "markdown/frontmatter.hpp"
#include "markdown/text.hpp"

namespace bm {

namespace {

constexpr std::size_t kShownCodePoints = 60;

std::string quoted_start(std::string_view text) {
    const std::string_view start = first_code_points(text, kShownCodePoints);
    return '\'' + std::string(start) + (start.size() < text.size() ? "...'" : "'");
}

enum class Modifier { none, array, enumeration, object };

struct FieldKey {
    std::string name;
    bool required = true;
    Modifier modifier = Modifier::none;
    std::string description;
};

struct TextPair {
    std::string first;
    std::string rest;
};

/// What stands before the first comma and after it, both trimmed.
TextPair split_at_comma(std::string_view text) {
    const std::size_t comma = text.find(',');
    if (comma == std::string_view::npos) return {std::string(trim(text)), ""};
    return {std::string(trim(text.substr(0, comma))), std::string(trim(text.substr(comma + 1)))};
}

/// Where the parenthesis is that the last character closes.
std::optional<std::size_t> opening_of_last(std::string_view text) {
    if (!text.ends_with(')')) return std::nullopt;
    std::size_t depth = 0;
    for (std::size_t at = text.size(); at-- > 0;) {
        if (text[at] == ')') ++depth;
        if (text[at] == '(' && --depth == 0) return at;
    }
    return std::nullopt;
}

Modifier modifier_of(std::string_view word) {
    if (word == "array") return Modifier::array;
    if (word == "enum") return Modifier::enumeration;
    if (word == "object") return Modifier::object;
    return Modifier::none;
}

FieldKey read_key(std::string_view key) {
    FieldKey read;
    std::string_view head = trim(key);
    if (const auto opening = opening_of_last(head)) {
        TextPair inside = split_at_comma(head.substr(*opening + 1, head.size() - *opening - 2));
        read.modifier = modifier_of(inside.first);
        if (read.modifier != Modifier::none) {
            read.description = std::move(inside.rest);
            head = trim(head.substr(0, *opening));
        }
    }
    if (head.ends_with('?')) {
        read.required = false;
        head = trim(head.substr(0, head.size() - 1));
    }
    read.name = head;
    return read;
}

/// The values of an enum that is written as one text: `[a, b], description`, or a single value.
void read_enum_text(std::string_view text, SchemaField& field) {
    text = trim(text);
    const std::size_t closing = text.find(']');
    if (!text.starts_with('[') || closing == std::string_view::npos) {
        if (!text.empty()) field.allowed.emplace_back(text);
        return;
    }
    for (const std::string_view piece : split(text.substr(1, closing - 1), ',')) {
        if (!is_blank(piece)) field.allowed.emplace_back(trim(piece));
    }
    std::string_view rest = trim(text.substr(closing + 1));
    if (rest.starts_with(',')) rest = trim(rest.substr(1));
    field.description = rest;
}

class Reader {
public:
    Result<std::vector<SchemaField>> fields(const ValueMap& map, std::size_t depth) {
        if (depth > kMaxSchemaDepth) {
            return fail(Fault::invalid, "The fields of a schema nest deeper than " +
                                            std::to_string(kMaxSchemaDepth) + " levels");
        }
        std::vector<SchemaField> read;
        for (const Member& member : map) {
            auto one = field(member, depth);
            if (!one) return tl::unexpected(one.error());
            const auto same = std::find_if(read.begin(), read.end(), [&](const SchemaField& each) {
                return each.name == one->name;
            });
            if (same == read.end())
                read.push_back(*std::move(one));
            else
                *same = *std::move(one);
        }
        return read;
    }

private:
    Result<SchemaField> field(const Member& member, std::size_t depth) {
        if (++count_ > kMaxSchemaFields) {
            return fail(Fault::invalid, "A schema declares more than " +
                                            std::to_string(kMaxSchemaFields) + " fields");
        }
        const FieldKey key = read_key(member.key);
        if (key.name.empty()) {
            return fail(Fault::invalid, "A schema field has no name: " + quoted_start(member.key));
        }
        SchemaField made{.name = key.name, .type = "any", .required = key.required};
        if (key.modifier == Modifier::enumeration) {
            if (auto read = read_enum(member.value, made); !read)
                return tl::unexpected(read.error());
        } else if (key.modifier == Modifier::object || member.value.map() != nullptr) {
            if (auto read = read_object(member.value, made, depth); !read)
                return tl::unexpected(read.error());
        } else {
            read_type(member.value, made);
        }
        made.is_array = key.modifier == Modifier::array;
        if (!key.description.empty()) made.description = key.description;
        return made;
    }

    static Result<void> read_enum(const Value& value, SchemaField& made) {
        made.kind = FieldKind::enumeration;
        made.type = "enum";
        if (const ValueList* list = value.list()) {
            // One more than is allowed is enough to refuse them.
            for (const Value& item : *list) {
                if (made.allowed.size() > kMaxEnumValues) break;
                made.allowed.push_back(display_string(item));
            }
        } else if (value.scalar() != nullptr && !value.is_null()) {
            read_enum_text(display_string(value), made);
        }
        if (made.allowed.empty()) {
            return fail(Fault::invalid, "The schema field " + quoted_start(made.name) +
                                            " is an enum without values. Write them as a list: [a, "
                                            "b]");
        }
        if (made.allowed.size() > kMaxEnumValues) {
            return fail(Fault::invalid, "The schema field " + quoted_start(made.name) +
                                            " is an enum of more than " +
                                            std::to_string(kMaxEnumValues) + " values");
        }
        return {};
    }

    Result<void> read_object(const Value& value, SchemaField& made, std::size_t depth) {
        made.kind = FieldKind::object;
        made.type = "object";
        if (const ValueMap* map = value.map()) {
            auto children = fields(*map, depth + 1);
            if (!children) return tl::unexpected(children.error());
            made.children = *std::move(children);
        } else if (value.scalar() != nullptr && !value.is_null()) {
            made.description = split_at_comma(display_string(value)).rest;
        }
        return {};
    }

    static void read_type(const Value& value, SchemaField& made) {
        if (value.scalar() == nullptr || value.is_null()) return;
        TextPair written = split_at_comma(display_string(value));
        made.description = std::move(written.rest);
        if (written.first.empty()) return;
        made.type = std::move(written.first);
        if (names_note_type(made.type)) made.kind = FieldKind::reference;
    }

    std::size_t count_ = 0;
};

}  // namespace

Result<std::vector<SchemaField>> parse_picoschema(const ValueMap& declarations) {
    return Reader().fields(declarations, 1);
}

std::string field_key(std::string_view name, bool required, bool is_array) {
    return std::string(name) + (required ? "" : "?") + (is_array ? "(array)" : "");
}

bool can_be_declared(std::string_view name) {
    if (name.empty()) return false;
    const FieldKey bare = read_key(name);
    const FieldKey marked = read_key(field_key(name, false, true));
    return bare.name == name && bare.modifier == Modifier::none && marked.name == name;
}

bool names_note_type(std::string_view type) {
    std::size_t at = 0;
    if (type.empty()) return false;
    next_code_point(type, at);
    const std::string_view first = type.substr(0, at);
    return to_lower(first) != first && is_valid_utf8(first);
}

}  // namespace bm
