#include "access/pkce.hpp"

#include <algorithm>

#include "repository/crypto.hpp"

namespace bm {

namespace {

bool is_unreserved(char c) noexcept {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '.' || c == '_' || c == '~';
}

}  // namespace

bool is_code_challenge(std::string_view text) {
    const auto bytes = base64url_bytes(text);
    return bytes && bytes->size() == 32;
}

bool verifier_matches(std::string_view verifier, std::string_view challenge) {
    if (verifier.size() < 43 || verifier.size() > 128) return false;
    if (!std::all_of(verifier.begin(), verifier.end(), is_unreserved)) return false;
    return equal_in_constant_time(base64url(secret_digest(verifier)), challenge);
}

}  // namespace bm
