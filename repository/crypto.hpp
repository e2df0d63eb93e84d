#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace bm {

/// Bytes in these functions are raw, in a std::string. All may be called from any thread. What the
/// system or the library must be able to do throws when it cannot: there is no weaker way on.

/// Bytes of the kernel's generator.
[[nodiscard]] std::string random_bytes(std::size_t count);

/// RFC 4648, 5, without padding.
[[nodiscard]] std::string base64url(std::string_view bytes);
/// None unless it is exactly what base64url() writes: no padding, no blanks, no stray bits.
[[nodiscard]] std::optional<std::string> base64url_bytes(std::string_view text);

/// The 32 bytes under which a secret of at least 128 random bits is kept. Not for passwords.
[[nodiscard]] std::string secret_digest(std::string_view secret);

/// RFC 2104 with SHA-256: 32 bytes.
[[nodiscard]] std::string hmac_sha256(std::string_view key, std::string_view message);

/// RFC 5869 with SHA-256 and without salt; at most 8,160 bytes.
[[nodiscard]] std::string hkdf_sha256(std::string_view secret, std::string_view info,
                                      std::size_t count);

/// Takes the same time wherever the two differ. Lengths are not secret.
[[nodiscard]] bool equal_in_constant_time(std::string_view a, std::string_view b) noexcept;

/// Seals what a stranger keeps for us, so that he can neither read nor change it (AES-256-GCM with
/// random nonces: up to some thousand million seals by one key). Immutable, so any thread may use
/// it.
class Sealer {
public:
    /// `secret` has at least 32 random bytes; keys for different purposes are independent.
    Sealer(std::string_view secret, std::string_view purpose);

    /// `context` is not stored; only who gives the same one can open the seal.
    [[nodiscard]] std::string seal(std::string_view plain, std::string_view context) const;
    /// None when anything about it was changed, or another key or context made it.
    [[nodiscard]] std::optional<std::string> open(std::string_view sealed,
                                                  std::string_view context) const;

private:
    std::string key_;
};

}  // namespace bm
