#pragma once

#include <cstdint>
#include <optional>

#include "cloud/http_client.hpp"
#include "cloud/token_file.hpp"

namespace bm {

/// The tokens of an answer of a token endpoint (RFC 6749, 5.1), which ends `expires_in` seconds
/// after `now`, an hour where it does not say. Nothing when it holds no access token.
[[nodiscard]] std::optional<CloudTokens> tokens_in(const HttpAnswer& answer, std::int64_t now);

}  // namespace bm
