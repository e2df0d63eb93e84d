#pragma once

#include <string>
#include <string_view>

namespace bm {

/// What stands in the place of a secret.
constexpr std::string_view kSecretMask = "********";

/// Whether the value of a setting of this name is nobody's business: keys, tokens, passwords, but
/// not the host that they are for.
bool is_secret_key(std::string_view key);
/// Every `scheme://user:password@host` without what stands before the '@', and every query without
/// its values.
std::string without_credentials(const std::string& text);
/// Scheme, host and path of an address.
std::string address_alone(const std::string& address);
/// A command without what its flags and variables of secret names bring, and without the values of
/// headers: `fmt --key ********`.
std::string without_secret_words(const std::string& text);

}  // namespace bm
