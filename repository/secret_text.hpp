#pragma once

#include <string>
#include <string_view>

namespace bm {

/// What stands in the place of a secret.
constexpr std::string_view kSecretMask = "********";

/// Whether the value of a setting of this name is nobody's business: keys, tokens, passwords.
bool is_secret_key(std::string_view key);
/// `scheme://user:password@host` without what stands before the '@'.
std::string without_credentials(const std::string& text);
/// A command without what its flags and variables of secret names bring: `fmt --key ********`.
std::string without_secret_words(const std::string& text);

}  // namespace bm
