#include "markdown/value.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <unordered_map>
#include <utility>

#include "markdown/text.hpp"
#include "markdown/yaml_scalar.hpp"

namespace bm {
namespace {

/// Up to here comparing keys one by one beats building an index.
constexpr std::size_t small_map = 16;

void append_json_string(std::string& out, std::string_view text) {
    constexpr std::string_view digits = "0123456789abcdef";
    out += '"';
    for (const char c : text) {
        switch (c) {
            case '"':
                out += "\\\"";
                break;
            case '\\':
                out += "\\\\";
                break;
            case '\b':
                out += "\\b";
                break;
            case '\f':
                out += "\\f";
                break;
            case '\n':
                out += "\\n";
                break;
            case '\r':
                out += "\\r";
                break;
            case '\t':
                out += "\\t";
                break;
            default: {
                const auto byte = static_cast<unsigned char>(c);
                if (byte < 0x20U) {
                    out += "\\u00";
                    out += digits[byte >> 4U];
                    out += digits[byte & 0xFU];
                } else {
                    out += c;
                }
            }
        }
    }
    out += '"';
}

void append_json_text(std::string& out, std::string_view text) {
    if (is_valid_utf8(text)) {
        append_json_string(out, text);
    } else {
        append_json_string(out, replace_invalid_utf8(text));
    }
}

void append_json(std::string& out, const Scalar& scalar) {
    switch (scalar.kind) {
        case ScalarKind::null:
            out += "null";
            return;
        case ScalarKind::boolean:
            out += is_true(scalar) ? "true" : "false";
            return;
        case ScalarKind::integer:
            out += normal_form(scalar);
            return;
        case ScalarKind::floating: {
            const std::string number = normal_form(scalar);
            // inf, -inf and nan end in a letter: JSON has no such numbers.
            const bool finite = !number.empty() && number.back() >= '0' && number.back() <= '9';
            if (finite) {
                out += number;
            } else {
                append_json_text(out, number);
            }
            return;
        }
        case ScalarKind::date:
        case ScalarKind::timestamp:
        case ScalarKind::string:
            append_json_text(out, scalar.text);
            return;
    }
}

void append_json(std::string& out, const Value& value);

void append_json(std::string& out, const ValueMap& map) {
    out += '{';
    for (const Member& member : map) {
        if (&member != &map.front()) out += ',';
        append_json_text(out, member.key);
        out += ':';
        append_json(out, member.value);
    }
    out += '}';
}

void append_json(std::string& out, const Value& value) {
    if (const Scalar* scalar = value.scalar()) {
        append_json(out, *scalar);
    } else if (const ValueMap* map = value.map()) {
        append_json(out, *map);
    } else if (const ValueList* list = value.list()) {
        out += '[';
        for (const Value& item : *list) {
            if (&item != &list->front()) out += ',';
            append_json(out, item);
        }
        out += ']';
    }
}

}  // namespace

Value::Value(Scalar scalar) : node_(std::move(scalar)) {}
Value::Value(ValueList list) : node_(std::move(list)) {}
Value::Value(ValueMap map) : node_(std::move(map)) {}

Value Value::string(std::string_view text) {
    return Value(Scalar{ScalarKind::string, std::string(text)});
}

Value Value::boolean(bool value) {
    return Value(Scalar{ScalarKind::boolean, value ? "true" : "false"});
}

Value Value::integer(long long value) {
    return Value(Scalar{ScalarKind::integer, std::to_string(value)});
}

Value Value::floating(double value) {
    return Value(Scalar{ScalarKind::floating, yaml_spelling(value)});
}

bool operator==(const Value& left, const Value& right) { return left.node_ == right.node_; }

const Value* find(const ValueMap& map, std::string_view key) noexcept {
    const auto found =
        std::find_if(map.begin(), map.end(), [&](const Member& m) { return m.key == key; });
    return found == map.end() ? nullptr : &found->value;
}

void assign(ValueMap& map, std::string_view key, Value value) {
    const auto found =
        std::find_if(map.begin(), map.end(), [&](const Member& m) { return m.key == key; });
    if (found != map.end()) {
        found->value = std::move(value);
    } else {
        map.push_back(Member{std::string(key), std::move(value)});
    }
}

void erase(ValueMap& map, std::string_view key) {
    std::erase_if(map, [&](const Member& member) { return member.key == key; });
}

void merge(ValueMap& map, const ValueMap& changes) {
    if (changes.size() <= small_map) {
        for (const Member& change : changes) assign(map, change.key, change.value);
        return;
    }
    std::unordered_map<std::string, std::size_t> places;
    for (std::size_t i = 0; i < map.size(); ++i) places.emplace(map[i].key, i);
    for (const Member& change : changes) {
        const auto [place, is_new] = places.emplace(change.key, map.size());
        if (is_new) {
            map.push_back(change);
        } else {
            map[place->second].value = change.value;
        }
    }
}

std::string to_json(const Value& value) {
    std::string out;
    append_json(out, value);
    return out;
}

std::string to_json(const ValueMap& map) {
    std::string out;
    append_json(out, map);
    return out;
}

}  // namespace bm
