#pragma once

#include <string>

#include <nlohmann/json.hpp>

/// Members of what strangers have sent, whatever it is. For the sources of this room only.
namespace bm {

/// Null when there is none, or when `object` is no object.
[[nodiscard]] inline const nlohmann::json& json_member(const nlohmann::json& object,
                                                       const char* name) {
    static const nlohmann::json nothing;
    if (!object.is_object()) return nothing;
    const auto found = object.find(name);
    return found == object.end() ? nothing : *found;
}

/// Empty when there is none, or when it is no text.
[[nodiscard]] inline std::string text_member(const nlohmann::json& object, const char* name) {
    const nlohmann::json& member = json_member(object, name);
    return member.is_string() ? member.get<std::string>() : std::string();
}

/// As text on one line, whatever bytes are in it.
inline std::string json_line(const nlohmann::json& json) {
    return json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

}  // namespace bm
