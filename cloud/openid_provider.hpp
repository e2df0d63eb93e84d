#pragma once

#include <optional>
#include <string>

#include "cloud/http_client.hpp"

namespace bm {

/// The OpenID provider that a host takes its tokens from, and how one logs in there by a device.
struct OpenIdProvider {
    std::string issuer;           ///< without a slash at its end
    std::string device_endpoint;  ///< both https
    std::string token_endpoint;
    std::string resource;  ///< what a token for the host has to name
};

/// Asks the host who issues its tokens (RFC 9728), and that one where it does so (OpenID Connect
/// Discovery, RFC 8414). None where the host does it itself or says nothing. No token is shown to
/// anybody. CloudFault::not_authenticated where the host speaks for another one, or the provider
/// cannot be used; network.
[[nodiscard]] CloudResult<std::optional<OpenIdProvider>> find_openid_provider(
    HttpClient& http, const std::string& host);

}  // namespace bm
