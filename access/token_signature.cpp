#include "access/token_signature.hpp"

#include <array>
#include <cstddef>

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>

#include "repository/crypto.hpp"

namespace bm {

namespace {

template <auto Free>
struct FreeWith {
    template <class T>
    void operator()(T* object) const noexcept {
        Free(object);
    }
};
using PublicKey = std::unique_ptr<EVP_PKEY, FreeWith<EVP_PKEY_free>>;
using KeyContext = std::unique_ptr<EVP_PKEY_CTX, FreeWith<EVP_PKEY_CTX_free>>;
using DigestContext = std::unique_ptr<EVP_MD_CTX, FreeWith<EVP_MD_CTX_free>>;
using Number = std::unique_ptr<BIGNUM, FreeWith<BN_free>>;
using ParameterBuilder = std::unique_ptr<OSSL_PARAM_BLD, FreeWith<OSSL_PARAM_BLD_free>>;
using Parameters = std::unique_ptr<OSSL_PARAM, FreeWith<OSSL_PARAM_free>>;
using CurveSignature = std::unique_ptr<ECDSA_SIG, FreeWith<ECDSA_SIG_free>>;

constexpr std::size_t kCurveBytes = 32;
constexpr std::size_t kShortestModulus = 256;
constexpr std::size_t kLongestModulus = 1024;

const unsigned char* signed_octets(std::string_view bytes) noexcept {
    return reinterpret_cast<const unsigned char*>(bytes.data());
}

std::optional<std::string> bytes_member(const Json& jwk, const char* name) {
    const auto text = string_member(jwk, name);
    return text ? base64url_bytes(*text) : std::nullopt;
}

PublicKey key_from(const char* type, OSSL_PARAM_BLD* builder) {
    const Parameters parameters(OSSL_PARAM_BLD_to_param(builder));
    const KeyContext context(EVP_PKEY_CTX_new_from_name(nullptr, type, nullptr));
    EVP_PKEY* key = nullptr;
    if (!parameters || !context || EVP_PKEY_fromdata_init(context.get()) != 1 ||
        EVP_PKEY_fromdata(context.get(), &key, EVP_PKEY_PUBLIC_KEY, parameters.get()) != 1) {
        return nullptr;
    }
    return PublicKey(key);
}

PublicKey rsa_key(const Json& jwk) {
    const auto modulus = bytes_member(jwk, "n");
    const auto exponent = bytes_member(jwk, "e");
    if (!modulus || !exponent || modulus->size() < kShortestModulus ||
        modulus->size() > kLongestModulus || exponent->empty() || exponent->size() > 4 ||
        modulus->front() == '\0') {
        return nullptr;
    }
    const Number n(BN_bin2bn(signed_octets(*modulus), static_cast<int>(modulus->size()), nullptr));
    const Number e(
        BN_bin2bn(signed_octets(*exponent), static_cast<int>(exponent->size()), nullptr));
    const ParameterBuilder builder(OSSL_PARAM_BLD_new());
    // An exponent of one would sign everything with itself.
    if (!n || !e || !builder || BN_is_odd(e.get()) != 1 || BN_is_one(e.get()) == 1 ||
        OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_N, n.get()) != 1 ||
        OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_E, e.get()) != 1) {
        return nullptr;
    }
    return key_from("RSA", builder.get());
}

PublicKey curve_key(const Json& jwk) {
    const auto x = bytes_member(jwk, "x");
    const auto y = bytes_member(jwk, "y");
    if (string_member(jwk, "crv") != "P-256" || !x || !y || x->size() != kCurveBytes ||
        y->size() != kCurveBytes) {
        return nullptr;
    }
    const std::string point = '\x04' + *x + *y;
    const ParameterBuilder builder(OSSL_PARAM_BLD_new());
    if (!builder ||
        OSSL_PARAM_BLD_push_utf8_string(builder.get(), OSSL_PKEY_PARAM_GROUP_NAME, "prime256v1",
                                        0) != 1 ||
        OSSL_PARAM_BLD_push_octet_string(builder.get(), OSSL_PKEY_PARAM_PUB_KEY, point.data(),
                                         point.size()) != 1) {
        return nullptr;
    }
    return key_from("EC", builder.get());
}

PublicKey edwards_key(const Json& jwk) {
    const auto x = bytes_member(jwk, "x");
    if (string_member(jwk, "crv") != "Ed25519" || !x || x->size() != kCurveBytes) return nullptr;
    return PublicKey(
        EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, signed_octets(*x), x->size()));
}

/// OpenSSL reads DER; tokens have the two numbers side by side.
std::optional<std::string> der_signature(std::string_view raw) {
    if (raw.size() != 2 * kCurveBytes) return std::nullopt;
    const CurveSignature signature(ECDSA_SIG_new());
    Number r(BN_bin2bn(signed_octets(raw), kCurveBytes, nullptr));
    Number s(BN_bin2bn(signed_octets(raw.substr(kCurveBytes)), kCurveBytes, nullptr));
    if (!signature || !r || !s) return std::nullopt;
    // Takes both over only when it succeeds, which it always does for numbers that exist.
    if (ECDSA_SIG_set0(signature.get(), r.get(), s.get()) != 1) return std::nullopt;
    static_cast<void>(r.release());
    static_cast<void>(s.release());
    std::array<unsigned char, 80> der{};
    unsigned char* end = der.data();
    const int length = i2d_ECDSA_SIG(signature.get(), nullptr);
    if (length <= 0 || static_cast<std::size_t>(length) > der.size()) return std::nullopt;
    if (i2d_ECDSA_SIG(signature.get(), &end) != length) return std::nullopt;
    return std::string(reinterpret_cast<const char*>(der.data()), static_cast<std::size_t>(length));
}

}  // namespace

struct SignatureKey::Key {
    PublicKey key;
};

std::optional<SignatureAlgorithm> signature_algorithm(std::string_view name) {
    if (name == "RS256") return SignatureAlgorithm::rs256;
    if (name == "ES256") return SignatureAlgorithm::es256;
    if (name == "EdDSA" || name == "Ed25519") return SignatureAlgorithm::eddsa;
    return std::nullopt;
}

std::optional<SignatureKey> SignatureKey::from_jwk(const Json& jwk) {
    if (!jwk.is_object() || string_member(jwk, "use").value_or("sig") != "sig") return std::nullopt;
    const std::string type = string_member(jwk, "kty").value_or("");
    SignatureAlgorithm algorithm = SignatureAlgorithm::rs256;
    PublicKey key;
    if (type == "RSA") {
        key = rsa_key(jwk);
    } else if (type == "EC") {
        algorithm = SignatureAlgorithm::es256;
        key = curve_key(jwk);
    } else if (type == "OKP") {
        algorithm = SignatureAlgorithm::eddsa;
        key = edwards_key(jwk);
    }
    if (!key) return std::nullopt;
    if (const auto wanted = string_member(jwk, "alg");
        wanted && signature_algorithm(*wanted) != algorithm) {
        return std::nullopt;
    }
    auto shared = std::make_shared<Key>();
    shared->key = std::move(key);
    return SignatureKey(algorithm, string_member(jwk, "kid"), std::move(shared));
}

bool SignatureKey::verifies(std::string_view text, std::string_view signature) const {
    std::string der;
    if (algorithm_ == SignatureAlgorithm::es256) {
        auto converted = der_signature(signature);
        if (!converted) return false;
        der = std::move(*converted);
        signature = der;
    }
    const DigestContext context(EVP_MD_CTX_new());
    const EVP_MD* digest = algorithm_ == SignatureAlgorithm::eddsa ? nullptr : EVP_sha256();
    if (!context ||
        EVP_DigestVerifyInit(context.get(), nullptr, digest, nullptr, key_->key.get()) != 1) {
        return false;
    }
    return EVP_DigestVerify(context.get(), signed_octets(signature), signature.size(),
                            signed_octets(text), text.size()) == 1;
}

}  // namespace bm
