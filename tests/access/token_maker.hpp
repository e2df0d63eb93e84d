#pragma once

#include <memory>
#include <stdexcept>
#include <string>

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>

#include "access/strict_json.hpp"
#include "repository/crypto.hpp"

namespace bm::test {

/// A provider's private key: signs tokens as OpenID providers do.
class TokenMaker {
public:
    enum class Kind { rsa, p256, ed25519 };

    TokenMaker(Kind kind, std::string id) : kind_(kind), id_(std::move(id)), key_(made(kind)) {
        if (!key_) throw std::runtime_error("cannot make a key");
    }

    [[nodiscard]] const char* algorithm() const {
        return kind_ == Kind::rsa ? "RS256" : kind_ == Kind::p256 ? "ES256" : "EdDSA";
    }

    [[nodiscard]] Json jwk() const {
        Json jwk = {{"kid", id_}, {"use", "sig"}, {"alg", algorithm()}};
        if (kind_ == Kind::rsa) {
            jwk["kty"] = "RSA";
            jwk["n"] = base64url(number(OSSL_PKEY_PARAM_RSA_N, 256));
            jwk["e"] = base64url(number(OSSL_PKEY_PARAM_RSA_E, 3));
        } else if (kind_ == Kind::p256) {
            jwk["kty"] = "EC";
            jwk["crv"] = "P-256";
            jwk["x"] = base64url(number(OSSL_PKEY_PARAM_EC_PUB_X, 32));
            jwk["y"] = base64url(number(OSSL_PKEY_PARAM_EC_PUB_Y, 32));
        } else {
            std::string raw(32, '\0');
            std::size_t size = raw.size();
            EVP_PKEY_get_raw_public_key(key_.get(), reinterpret_cast<unsigned char*>(raw.data()),
                                        &size);
            jwk["kty"] = "OKP";
            jwk["crv"] = "Ed25519";
            jwk["x"] = base64url(raw);
        }
        return jwk;
    }

    [[nodiscard]] Json header() const {
        return {{"alg", algorithm()}, {"kid", id_}, {"typ", "at+jwt"}};
    }
    [[nodiscard]] std::string token(const Json& claims) const { return token(header(), claims); }
    [[nodiscard]] std::string token(const Json& head, const Json& claims) const {
        const std::string text = base64url(json_text(head)) + "." + base64url(json_text(claims));
        return text + "." + base64url(signature(text));
    }

    [[nodiscard]] std::string signature(const std::string& text) const {
        const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(EVP_MD_CTX_new(),
                                                                              EVP_MD_CTX_free);
        const EVP_MD* digest = kind_ == Kind::ed25519 ? nullptr : EVP_sha256();
        EVP_DigestSignInit(context.get(), nullptr, digest, nullptr, key_.get());
        std::string signed_bytes(1024, '\0');
        std::size_t size = signed_bytes.size();
        EVP_DigestSign(context.get(), reinterpret_cast<unsigned char*>(signed_bytes.data()), &size,
                       reinterpret_cast<const unsigned char*>(text.data()), text.size());
        signed_bytes.resize(size);
        return kind_ == Kind::p256 ? raw_of(signed_bytes) : signed_bytes;
    }

    /// What OpenSSL writes and no token may have.
    [[nodiscard]] static std::string raw_of(const std::string& der) {
        const auto* bytes = reinterpret_cast<const unsigned char*>(der.data());
        const std::unique_ptr<ECDSA_SIG, decltype(&ECDSA_SIG_free)> parts(
            d2i_ECDSA_SIG(nullptr, &bytes, static_cast<long>(der.size())), ECDSA_SIG_free);
        std::string raw(64, '\0');
        auto* out = reinterpret_cast<unsigned char*>(raw.data());
        BN_bn2binpad(ECDSA_SIG_get0_r(parts.get()), out, 32);
        BN_bn2binpad(ECDSA_SIG_get0_s(parts.get()), out + 32, 32);
        return raw;
    }

private:
    using Key = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;

    static Key made(Kind kind) {
        EVP_PKEY* key = nullptr;
        if (kind == Kind::rsa) key = EVP_RSA_gen(2048);
        if (kind == Kind::p256) key = EVP_EC_gen("P-256");
        if (kind == Kind::ed25519) key = EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519");
        return {key, EVP_PKEY_free};
    }

    [[nodiscard]] std::string number(const char* name, int width) const {
        BIGNUM* value = nullptr;
        EVP_PKEY_get_bn_param(key_.get(), name, &value);
        std::string bytes(static_cast<std::size_t>(width), '\0');
        BN_bn2binpad(value, reinterpret_cast<unsigned char*>(bytes.data()), width);
        BN_free(value);
        return bytes;
    }

    Kind kind_;
    std::string id_;
    Key key_;
};

}  // namespace bm::test
