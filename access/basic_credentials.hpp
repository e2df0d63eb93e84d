#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace bm {

/// What `Authorization: Basic …` carries: an id, never empty, and a secret.
struct BasicCredentials {
    std::string id;
    std::string secret;
};

/// Reads the value of an `Authorization` field, id and secret each encoded as in a form (RFC 7617,
/// section 2; RFC 6749, section 2.3.1). None for another scheme and for whatever is malformed.
[[nodiscard]] std::optional<BasicCredentials> basic_credentials(std::string_view field);

}  // namespace bm
