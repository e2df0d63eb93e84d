#pragma once

#include <string>
#include <string_view>

#include "markdown/result.hpp"

namespace bm {

/// Where the server is seen from outside. Comes from the configuration, never from a request.
struct AccessUrls {
    std::string issuer;         ///< `https://notes.example.com`: the origin, without a slash
    std::string resource;       ///< `https://notes.example.com/mcp`
    std::string resource_path;  ///< `/mcp`
    bool is_https = true;

    /// `public_url` is an origin: https, or http to the own machine. `path` begins with a slash and
    /// has more than that.
    /// `allows_plain`: http to any machine, for networks that whoever runs the server trusts.
    static Result<AccessUrls> from(std::string_view public_url, std::string_view path,
                                   bool allows_plain = false);

    /// Where the resource's metadata is (RFC 9728, 3.1).
    [[nodiscard]] std::string resource_metadata() const {
        return issuer + "/.well-known/oauth-protected-resource" + resource_path;
    }
    /// Whether a client that asks for this resource means us: the endpoint or its origin.
    [[nodiscard]] bool is_ours(std::string_view wanted) const;
};

}  // namespace bm
