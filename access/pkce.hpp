#pragma once

#include <string_view>

namespace bm {

/// RFC 7636 with S256, the only method there is here.
/// Whether the text is a SHA-256 in base64url.
[[nodiscard]] bool is_code_challenge(std::string_view text);
/// Whether the text has 43 to 128 unreserved characters and `challenge` was made from it.
[[nodiscard]] bool verifier_matches(std::string_view verifier, std::string_view challenge);

}  // namespace bm
