#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>

#include "server/protocol_error.hpp"

namespace bm {

/// Typed reading of a request's parameters. Each refusal is an invalid-params error that names the
/// member.

/// A member that must be a string.
[[nodiscard]] OrError<std::string> required_text(const Json& params, const char* name);

/// A member that must be an object; an empty one when it is absent or null.
[[nodiscard]] OrError<Json> optional_object(const Json& params, const char* name);

using TextMap = std::map<std::string, std::string, std::less<>>;

/// A member that maps names to strings; empty when it is absent or null.
[[nodiscard]] OrError<TextMap> optional_texts(const Json& params, const char* name);

/// A member that must be a URI: a scheme and a colon first, no blanks or control characters, and
/// not longer than any that we would make.
[[nodiscard]] OrError<std::string> required_uri(const Json& params, const char* name);

inline constexpr std::size_t longest_uri = 8192;

[[nodiscard]] bool is_uri(std::string_view text) noexcept;

}  // namespace bm
