#include "tools/json_value.hpp"

#include <cstdint>
#include <limits>
#include <utility>

#include "markdown/text.hpp"

namespace bm {

namespace {

// JSON inside of a string comes past the limits that the wire sets, so it has its own. Copying
// recurses, and an object that keeps its order looks through all of its members for each new one.
constexpr std::size_t kMaxNesting = 64;
constexpr std::size_t kMaxMembers = 10'000;

// A message that quotes a whole note helps nobody.
constexpr std::size_t kMaxShownCodePoints = 300;

/// Whether the brackets and colons outside of strings stay within the limits.
bool is_modest(std::string_view text) {
    std::size_t depth = 0;
    std::size_t members = 0;
    bool in_string = false;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const char c = text[i];
        if (in_string) {
            if (c == '\\') ++i;
            if (c == '"') in_string = false;
        } else if (c == '"') {
            in_string = true;
        } else if (c == '[' || c == '{') {
            if (++depth > kMaxNesting) return false;
        } else if (c == ']' || c == '}') {
            if (depth > 0) --depth;
        } else if (c == ':') {
            if (++members > kMaxMembers) return false;
        }
    }
    return true;
}

void append_escaped(std::string& out, std::string_view text, char quote) {
    constexpr std::string_view kDigits = "0123456789abcdef";
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        if (c == '\n') {
            out += "\\n";
        } else if (c == '\r') {
            out += "\\r";
        } else if (c == '\t') {
            out += "\\t";
        } else if (c == '\\' || c == quote) {
            out += '\\';
            out += c;
        } else if (byte < 0x20 || byte == 0x7f) {
            out += "\\x";
            out += kDigits[byte >> 4];
            out += kDigits[byte & 0xf];
        } else {
            out += c;
        }
    }
}

void append_shown(std::string& out, const Json& json);

void append_shown_text(std::string& out, std::string_view text) {
    const bool has_single = text.find('\'') != std::string_view::npos;
    const char quote = has_single && text.find('"') == std::string_view::npos ? '"' : '\'';
    out += quote;
    append_escaped(out, text, quote);
    out += quote;
}

void append_shown_members(std::string& out, const Json& json) {
    const char* separator = "";
    if (json.is_array()) {
        out += '[';
        for (const auto& element : json) {
            out += separator;
            separator = ", ";
            append_shown(out, element);
            if (out.size() > kMaxShownCodePoints * 4) break;
        }
        out += ']';
        return;
    }
    out += '{';
    for (const auto& [key, value] : json.items()) {
        out += separator;
        separator = ", ";
        append_shown_text(out, key);
        out += ": ";
        append_shown(out, value);
        if (out.size() > kMaxShownCodePoints * 4) break;
    }
    out += '}';
}

void append_shown(std::string& out, const Json& json) {
    if (json.is_null()) {
        out += "None";
    } else if (json.is_boolean()) {
        out += json.get<bool>() ? "True" : "False";
    } else if (json.is_string()) {
        append_shown_text(out, json.get_ref<const std::string&>());
    } else if (json.is_structured()) {
        append_shown_members(out, json);
    } else {
        out += compact_json(json);
    }
}

std::string cut(std::string text) {
    const std::string_view kept = first_code_points(text, kMaxShownCodePoints);
    if (kept.size() == text.size()) return text;
    return std::string(kept) + "...";
}

}  // namespace

Value value_of(const Json& json) {
    if (json.is_string()) return Value::string(json.get_ref<const std::string&>());
    if (json.is_boolean()) return Value::boolean(json.get<bool>());
    if (json.is_number_float()) return Value::floating(json.get<double>());
    if (json.is_number_unsigned() &&
        json.get<std::uint64_t>() > std::numeric_limits<std::int64_t>::max()) {
        return Scalar{ScalarKind::integer, std::to_string(json.get<std::uint64_t>())};
    }
    if (json.is_number()) return Value::integer(json.get<std::int64_t>());
    if (json.is_object()) return value_map_of(json);
    if (json.is_array()) {
        ValueList list;
        list.reserve(json.size());
        for (const auto& element : json) list.push_back(value_of(element));
        return list;
    }
    return {};
}

ValueMap value_map_of(const Json& json) {
    ValueMap map;
    if (!json.is_object()) return map;
    map.reserve(json.size());
    for (const auto& [key, value] : json.items()) map.push_back({key, value_of(value)});
    return map;
}

Json json_of(const Value& value) { return Json::parse(to_json(value)); }

Json json_of(const ValueMap& map) { return Json::parse(to_json(map)); }

std::optional<Json> parse_json(std::string_view text) {
    if (!is_modest(text)) return std::nullopt;
    Json json = Json::parse(text, nullptr, false);
    if (json.is_discarded()) return std::nullopt;
    return json;
}

std::string compact_json(const Json& json) {
    return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

void add_failure(Json& object, std::string error, std::string text) {
    const bool is_word =
        error.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZ_") == std::string::npos;
    object["error"] = std::move(error);
    if (is_word) object["message"] = std::move(text);
}

std::string shown(const Json& json) {
    std::string out;
    append_shown(out, json);
    return cut(std::move(out));
}

std::string shown(std::string_view text) {
    std::string out;
    append_shown_text(out, first_code_points(text, kMaxShownCodePoints));
    if (count_code_points(text) > kMaxShownCodePoints) out += "...";
    return out;
}

}  // namespace bm
