#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "server/http_message.hpp"
#include "server/protocol_error.hpp"

namespace bm {

/// The fields that repeat parts of a modern request, so that proxies can route it without reading
/// its body. What they say must be what the body says.
namespace mcp_header {
inline constexpr std::string_view protocol_version = "MCP-Protocol-Version";
inline constexpr std::string_view session_id = "MCP-Session-Id";
inline constexpr std::string_view method = "Mcp-Method";
inline constexpr std::string_view name = "Mcp-Name";
inline constexpr std::string_view param_prefix = "Mcp-Param-";
inline constexpr std::string_view last_event_id = "Last-Event-ID";
}  // namespace mcp_header

/// The text behind a value of Mcp-Name or Mcp-Param-*: visible ASCII stands for itself,
/// `=?base64?...?=` for the bytes it encodes. Nothing for other bytes and for wrong base64.
[[nodiscard]] std::optional<std::string> decoded_header_value(std::string_view value);

/// The member of the parameters that Mcp-Name repeats, or an empty name for methods without.
[[nodiscard]] std::string_view name_header_source(std::string_view method) noexcept;

/// The method's name in Mcp-Method, and in Mcp-Name what the method is about. Each field once.
[[nodiscard]] OrError<void> check_method_headers(const HttpFields& fields, std::string_view method,
                                                 const Json& params);

/// The arguments that the tool's schema asks to be repeated (`x-mcp-header`).
[[nodiscard]] OrError<void> check_param_headers(const HttpFields& fields, const Json& input_schema,
                                                const Json& arguments);

}  // namespace bm
