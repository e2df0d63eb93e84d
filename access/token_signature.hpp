#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "access/strict_json.hpp"

namespace bm {

/// The algorithms that there are here. No other name is ever looked at, so "none" and symmetric
/// ones, which would take a public key for a shared secret, cannot be chosen by a token.
enum class SignatureAlgorithm { rs256, es256, eddsa };
[[nodiscard]] std::optional<SignatureAlgorithm> signature_algorithm(std::string_view name);

/// A public key for one algorithm. Immutable, so any thread may use it.
class SignatureKey {
public:
    /// From a JSON Web Key (RFC 7517, 7518, 8037): RSA of 2,048 to 8,192 bits, P-256, Ed25519. None
    /// for anything else, and for keys that are meant for encryption.
    static std::optional<SignatureKey> from_jwk(const Json& jwk);

    [[nodiscard]] SignatureAlgorithm algorithm() const noexcept { return algorithm_; }
    [[nodiscard]] const std::optional<std::string>& id() const noexcept { return id_; }
    /// ES256 signatures are the 64 bytes of RFC 7518, 3.4.
    [[nodiscard]] bool verifies(std::string_view text, std::string_view signature) const;

private:
    struct Key;
    SignatureKey(SignatureAlgorithm algorithm, std::optional<std::string> id,
                 std::shared_ptr<const Key> key)
        : algorithm_(algorithm), id_(std::move(id)), key_(std::move(key)) {}

    SignatureAlgorithm algorithm_;
    std::optional<std::string> id_;
    std::shared_ptr<const Key> key_;
};

}  // namespace bm
