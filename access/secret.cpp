#include "access/secret.hpp"

#include "repository/crypto.hpp"

namespace bm {

namespace {

constexpr std::size_t kSecretBytes = 32;
constexpr std::size_t kSecretCharacters = 43;
constexpr std::size_t kCheckCharacters = 6;

std::string check_of(std::string_view text) {
    return base64url(secret_digest(text)).substr(0, kCheckCharacters);
}

}  // namespace

std::string_view secret_prefix(SecretKind kind) noexcept {
    switch (kind) {
        case SecretKind::access_token:
            return "bmat_";
        case SecretKind::refresh_token:
            return "bmrt_";
        case SecretKind::personal_token:
            return "bmpt_";
        case SecretKind::api_key:
            return "bmc_";
        case SecretKind::authorization_code:
            return "bmac_";
        case SecretKind::device_code:
            return "bmdc_";
        case SecretKind::client_secret:
            return "bmcs_";
        case SecretKind::login:
            return "bmls_";
        case SecretKind::known_browser:
            return "bmkb_";
        case SecretKind::setup:
            return "bmst_";
    }
    return "";
}

std::string new_secret(SecretKind kind) {
    std::string text(secret_prefix(kind));
    text += base64url(random_bytes(kSecretBytes));
    return text + check_of(text);
}

bool is_secret(SecretKind kind, std::string_view text) {
    const std::string_view prefix = secret_prefix(kind);
    if (!text.starts_with(prefix)) return false;
    if (text.size() != prefix.size() + kSecretCharacters + kCheckCharacters) return false;
    const std::size_t checked = text.size() - kCheckCharacters;
    return equal_in_constant_time(check_of(text.substr(0, checked)), text.substr(checked));
}

}  // namespace bm
