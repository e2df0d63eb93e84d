#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace bm {

/// An absolute URI in parts, as far as who may call depends on it (RFC 3986, read strictly: visible
/// ASCII only, no backslash).
struct UrlParts {
    std::string scheme;  ///< in lower case
    std::string host;    ///< in lower case, IPv6 with its brackets; empty where there is none
    std::optional<std::uint16_t> port;
    std::string path;  ///< as written
    std::optional<std::string> query;
    bool has_authority = false;
    bool has_user = false;
    bool has_fragment = false;

    /// `scheme://host[:port]`, the port left out where it is the scheme's own.
    [[nodiscard]] std::string origin() const;
    /// `127.0.0.1`, `[::1]` or `localhost`.
    [[nodiscard]] bool is_loopback() const noexcept;
};

/// At most 2,048 bytes; none when it is not an absolute URI of the strict kind.
[[nodiscard]] std::optional<UrlParts> url_parts(std::string_view text);

/// Whether a path has segments that mean "here" or "above", also percent-encoded.
[[nodiscard]] bool has_dot_segments(std::string_view path);

}  // namespace bm
