#include "repository/crypto.hpp"

#include <cerrno>
#include <cstdint>
#include <limits>
#include <memory>
#include <new>
#include <stdexcept>
#include <system_error>

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <sys/random.h>

#include "repository/checksum.hpp"

namespace bm {

namespace {

constexpr std::string_view kUrlAlphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
constexpr std::size_t kDigestBytes = 32;
constexpr std::size_t kCipherKeyBytes = 32;
constexpr std::size_t kNonceBytes = 12;
constexpr std::size_t kTagBytes = 16;

const unsigned char* octets(std::string_view bytes) noexcept {
    return reinterpret_cast<const unsigned char*>(bytes.data());
}

unsigned char* octets(std::string& bytes, std::size_t at = 0) noexcept {
    return reinterpret_cast<unsigned char*>(bytes.data()) + at;
}

int int_length(std::string_view bytes) {
    if (bytes.size() > static_cast<std::size_t>(std::numeric_limits<int>::max()))
        throw std::length_error("too long for a cipher");
    return static_cast<int>(bytes.size());
}

void require_cipher(int outcome) {
    if (outcome != 1) throw std::runtime_error("OpenSSL cannot use AES-256-GCM");
}

struct FreeCipherContext {
    void operator()(EVP_CIPHER_CTX* context) const noexcept { EVP_CIPHER_CTX_free(context); }
};
using CipherContext = std::unique_ptr<EVP_CIPHER_CTX, FreeCipherContext>;

CipherContext new_cipher_context() {
    CipherContext context(EVP_CIPHER_CTX_new());
    if (!context) throw std::bad_alloc();
    return context;
}

std::optional<std::uint32_t> sextet(char c) noexcept {
    if (c >= 'A' && c <= 'Z') return static_cast<std::uint32_t>(c - 'A');
    if (c >= 'a' && c <= 'z') return static_cast<std::uint32_t>(c - 'a' + 26);
    if (c >= '0' && c <= '9') return static_cast<std::uint32_t>(c - '0' + 52);
    if (c == '-') return 62;
    if (c == '_') return 63;
    return std::nullopt;
}

}  // namespace

std::string random_bytes(std::size_t count) {
    std::string bytes(count, '\0');
    std::size_t done = 0;
    while (done < count) {
        const ssize_t got = getrandom(bytes.data() + done, count - done, 0);
        if (got > 0) {
            done += static_cast<std::size_t>(got);
        } else if (errno != EINTR) {
            throw std::system_error(errno, std::generic_category(), "getrandom");
        }
    }
    return bytes;
}

std::string base64url(std::string_view bytes) {
    std::string text;
    text.reserve((bytes.size() * 4 + 2) / 3);
    std::uint32_t held = 0;
    unsigned bits = 0;
    for (const char c : bytes) {
        held = (held << 8U | static_cast<unsigned char>(c)) & 0xFFFFU;
        bits += 8;
        while (bits >= 6) {
            bits -= 6;
            text += kUrlAlphabet[held >> bits & 0x3FU];
        }
    }
    if (bits > 0) text += kUrlAlphabet[held << (6 - bits) & 0x3FU];
    return text;
}

std::optional<std::string> base64url_bytes(std::string_view text) {
    if (text.size() % 4 == 1) return std::nullopt;
    std::string bytes;
    bytes.reserve(text.size() * 3 / 4);
    std::uint32_t held = 0;
    unsigned bits = 0;
    for (const char c : text) {
        const auto value = sextet(c);
        if (!value) return std::nullopt;
        held = (held << 6U | *value) & 0xFFFFU;
        bits += 6;
        if (bits >= 8) {
            bits -= 8;
            bytes += static_cast<char>(held >> bits & 0xFFU);
        }
    }
    if ((held & ((1U << bits) - 1U)) != 0) return std::nullopt;
    return bytes;
}

std::string secret_digest(std::string_view secret) {
    return std::string(checksum_of(secret).raw());
}

std::string hmac_sha256(std::string_view key, std::string_view message) {
    std::string code(kDigestBytes, '\0');
    unsigned length = 0;
    if (HMAC(EVP_sha256(), key.data(), int_length(key), octets(message), message.size(),
             octets(code), &length) == nullptr) {
        throw std::runtime_error("OpenSSL cannot compute an HMAC");
    }
    return code;
}

std::string hkdf_sha256(std::string_view secret, std::string_view info, std::size_t count) {
    if (count > 255 * kDigestBytes) throw std::length_error("too much of a derived key");
    const std::string extracted = hmac_sha256(std::string(kDigestBytes, '\0'), secret);
    std::string key;
    std::string block;
    for (unsigned round = 1; key.size() < count; ++round) {
        block.append(info);
        block += static_cast<char>(round);
        block = hmac_sha256(extracted, block);
        key += block;
    }
    key.resize(count);
    return key;
}

bool equal_in_constant_time(std::string_view a, std::string_view b) noexcept {
    return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

Sealer::Sealer(std::string_view secret, std::string_view purpose)
    : key_(hkdf_sha256(secret, purpose, kCipherKeyBytes)) {}

std::string Sealer::seal(std::string_view plain, std::string_view context) const {
    std::string sealed = random_bytes(kNonceBytes);
    sealed.resize(kNonceBytes + plain.size() + kTagBytes);
    const CipherContext cipher = new_cipher_context();
    int length = 0;
    require_cipher(
        EVP_EncryptInit_ex(cipher.get(), EVP_aes_256_gcm(), nullptr, octets(key_), octets(sealed)));
    require_cipher(
        EVP_EncryptUpdate(cipher.get(), nullptr, &length, octets(context), int_length(context)));
    require_cipher(EVP_EncryptUpdate(cipher.get(), octets(sealed, kNonceBytes), &length,
                                     octets(plain), int_length(plain)));
    require_cipher(
        EVP_EncryptFinal_ex(cipher.get(), octets(sealed, kNonceBytes + plain.size()), &length));
    require_cipher(EVP_CIPHER_CTX_ctrl(cipher.get(), EVP_CTRL_GCM_GET_TAG, kTagBytes,
                                       octets(sealed, kNonceBytes + plain.size())));
    return sealed;
}

std::optional<std::string> Sealer::open(std::string_view sealed, std::string_view context) const {
    if (sealed.size() < kNonceBytes + kTagBytes) return std::nullopt;
    const std::string_view body =
        sealed.substr(kNonceBytes, sealed.size() - kNonceBytes - kTagBytes);
    std::string tag(sealed.substr(sealed.size() - kTagBytes));
    std::string plain(body.size(), '\0');
    const CipherContext cipher = new_cipher_context();
    int length = 0;
    require_cipher(
        EVP_DecryptInit_ex(cipher.get(), EVP_aes_256_gcm(), nullptr, octets(key_), octets(sealed)));
    require_cipher(
        EVP_DecryptUpdate(cipher.get(), nullptr, &length, octets(context), int_length(context)));
    require_cipher(
        EVP_DecryptUpdate(cipher.get(), octets(plain), &length, octets(body), int_length(body)));
    require_cipher(EVP_CIPHER_CTX_ctrl(cipher.get(), EVP_CTRL_GCM_SET_TAG, kTagBytes, octets(tag)));
    std::string rest(kTagBytes, '\0');
    if (EVP_DecryptFinal_ex(cipher.get(), octets(rest), &length) != 1) return std::nullopt;
    return plain;
}

}  // namespace bm
