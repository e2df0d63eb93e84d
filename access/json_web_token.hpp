#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "access/strict_json.hpp"

namespace bm {

/// A signed token in its compact form (RFC 7515, 7.1), taken apart and not yet believed.
struct JsonWebToken {
    std::string algorithm;
    std::optional<std::string> key_id;
    std::optional<std::string> type;  ///< in lower case, without `application/`
    Json claims;
    std::string signed_text;
    std::string signature;
};

/// None when it is longer than 8 KiB, malformed, encrypted, or has header parameters that must be
/// understood (`crit`). Never throws for any input.
[[nodiscard]] std::optional<JsonWebToken> parse_json_web_token(std::string_view text);

/// What a token must say to be believed.
struct TokenExpectation {
    std::string issuer;
    std::string audience;
    std::int64_t now = 0;      ///< seconds since 1970
    std::int64_t leeway = 60;  ///< clocks differ
};

/// What is wrong with type and claims (RFC 9068, 4); empty when nothing is.
[[nodiscard]] std::string claims_fault(const JsonWebToken& token,
                                       const TokenExpectation& expectation);

}  // namespace bm
