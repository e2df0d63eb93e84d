#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

namespace bm {

using Json = nlohmann::ordered_json;

/// A JSON object that a stranger wrote. None when it is no object, deeper than 16 levels, longer
/// than `most_bytes`, has more than 1,000 values or one member twice: what decides about access
/// must not depend on who reads it.
[[nodiscard]] std::optional<Json> strict_object(std::string_view text, std::size_t most_bytes);

/// The object without members that are null, which many programs write for what they do not set.
[[nodiscard]] Json without_nulls(const Json& object);

/// A member that is a string; none when it is missing or something else.
[[nodiscard]] std::optional<std::string> string_member(const Json& object, const char* name);
/// A member that is a list of strings; none when it is missing or something else.
[[nodiscard]] std::optional<std::vector<std::string>> strings_member(const Json& object,
                                                                     const char* name);
/// The text of a value; bytes that are not UTF-8 become replacement characters.
[[nodiscard]] std::string json_text(const Json& value);

}  // namespace bm
