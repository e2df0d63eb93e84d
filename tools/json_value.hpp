#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "markdown/value.hpp"
#include "tools/tool.hpp"

/// Between what clients send and what notes hold.
namespace bm {

/// JSON as a YAML value. Member order is kept.
Value value_of(const Json& json);
/// The members of an object; empty for anything else.
ValueMap value_map_of(const Json& json);
/// The other way: scalars keep their type where JSON has it, dates become strings.
Json json_of(const Value& value);
Json json_of(const ValueMap& map);

/// Reads JSON text from strangers; none when it is not JSON or nested beyond any sensible depth.
std::optional<Json> parse_json(std::string_view text);

/// Compact JSON, non-ASCII raw, invalid UTF-8 replaced.
std::string compact_json(const Json& json);

/// Adds why an object tells of a failure: `error`, and `message` with the text for people when the
/// error is but a word (`NOTE_ALREADY_EXISTS`).
void add_failure(Json& object, std::string error, std::string text);

/// How messages show a value: 'text', 5, ['a'], {'a': 1}, True, None. Long values are cut.
std::string shown(const Json& json);
/// The same for a text: quoted, control characters escaped.
std::string shown(std::string_view text);

}  // namespace bm
