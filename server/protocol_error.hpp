#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>

#include <tl/expected.hpp>

#include "tools/tool.hpp"

namespace bm {

namespace error_code {
inline constexpr int parse = -32700;
inline constexpr int invalid_request = -32600;
inline constexpr int method_not_found = -32601;
inline constexpr int invalid_params = -32602;
inline constexpr int internal = -32603;
inline constexpr int resource_not_found = -32002;  ///< legacy revisions only
inline constexpr int header_mismatch = -32020;     ///< HTTP only
inline constexpr int missing_client_capability = -32021;
inline constexpr int unsupported_version = -32022;
inline constexpr int too_many_requests = 429;  ///< ours: outside the range that JSON-RPC reserves
}  // namespace error_code

/// Why a request gets an error instead of a result.
struct ProtocolError {
    int code = error_code::internal;
    std::string message;
    Json data = nullptr;  ///< null: none
};

/// What a stranger has named, as an error may repeat it: the first 200 characters of UTF-8.
[[nodiscard]] inline std::string clipped(std::string_view text) {
    constexpr std::size_t longest = 200;
    std::size_t characters = 0;
    for (std::size_t at = 0; at < text.size(); ++at) {
        if ((static_cast<unsigned char>(text[at]) & 0xC0U) == 0x80U) continue;
        if (++characters > longest) return std::string(text.substr(0, at)) + "...";
    }
    return std::string(text);
}

template <class T>
using OrError = tl::expected<T, ProtocolError>;

[[nodiscard]] inline tl::unexpected<ProtocolError> refuse(int code, std::string message,
                                                          Json data = nullptr) {
    return tl::unexpected<ProtocolError>(ProtocolError{code, std::move(message), std::move(data)});
}

}  // namespace bm
