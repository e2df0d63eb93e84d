#pragma once

#include <string>
#include <string_view>

namespace bm {

/// What a secret opens. Its first letters say so, so that a leaked one is recognised.
enum class SecretKind {
    access_token,
    refresh_token,
    personal_token,
    authorization_code,
    device_code,
    client_secret,
    login,
    known_browser,
    setup,
    api_key,  ///< a personal token of an account, made over HTTP
};

/// `bmat_` and the like; an API key begins with `bmc_`, as clients expect.
[[nodiscard]] std::string_view secret_prefix(SecretKind kind) noexcept;

/// 256 random bits as the prefix, 43 characters of base64url and 6 of a checksum. Stored only as
/// secret_digest() of the whole text.
[[nodiscard]] std::string new_secret(SecretKind kind);

/// Whether the text has the form of such a secret: what hasn't is never looked up.
[[nodiscard]] bool is_secret(SecretKind kind, std::string_view text);

}  // namespace bm
