#pragma once

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace bm {

constexpr std::string_view kCodeGrant = "authorization_code";
constexpr std::string_view kRefreshGrant = "refresh_token";
constexpr std::string_view kDeviceGrant = "urn:ietf:params:oauth:grant-type:device_code";

/// How a client proves at the token endpoint who it is (RFC 7591, 2).
enum class ClientAuth { none, secret_basic, secret_post };

[[nodiscard]] constexpr std::string_view client_auth_name(ClientAuth auth) noexcept {
    switch (auth) {
        case ClientAuth::none:
            return "none";
        case ClientAuth::secret_basic:
            return "client_secret_basic";
        case ClientAuth::secret_post:
            return "client_secret_post";
    }
    return "none";
}
[[nodiscard]] constexpr std::optional<ClientAuth> client_auth_of(std::string_view name) noexcept {
    for (const ClientAuth auth :
         {ClientAuth::none, ClientAuth::secret_basic, ClientAuth::secret_post}) {
        if (client_auth_name(auth) == name) return auth;
    }
    return std::nullopt;
}

/// A program that asks a user to let it in.
struct OAuthClient {
    std::string id;
    std::string name;  ///< a stranger's text
    std::vector<std::string> redirect_uris;
    std::vector<std::string> grant_types;
    ClientAuth auth = ClientAuth::none;
    std::optional<std::string> secret;  ///< digest

    [[nodiscard]] bool may_use(std::string_view grant_type) const {
        return std::find(grant_types.begin(), grant_types.end(), grant_type) != grant_types.end();
    }
};

/// Whether a client is described by a document at its id (client ID metadata document).
[[nodiscard]] inline bool is_document_id(std::string_view id) noexcept {
    return id.starts_with("https://");
}

}  // namespace bm
