#include "access/password_hash.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <optional>
#include <stdexcept>

#include <openssl/evp.h>

#include "markdown/text.hpp"
#include "repository/crypto.hpp"

namespace bm {

namespace {

constexpr std::size_t kSaltBytes = 16;
constexpr std::size_t kHashBytes = 32;
constexpr std::size_t kShortestPassword = 10;
constexpr std::size_t kLongestPassword = 512;
// What a stored text may ask for: the file is ours, but a slip must not take the machine down.
constexpr unsigned kHighestLogN = 20;
constexpr unsigned kHighestFactor = 16;
constexpr std::chrono::milliseconds kLongestWait{5000};

struct StoredHash {
    PasswordCost cost;
    std::string salt;
    std::string hash;
};

std::optional<unsigned> cost_value(std::string_view text, std::string_view name) {
    if (!text.starts_with(name)) return std::nullopt;
    text.remove_prefix(name.size());
    unsigned value = 0;
    const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (problem != std::errc() || end != text.data() + text.size() || value == 0)
        return std::nullopt;
    return value;
}

std::optional<StoredHash> stored_hash(std::string_view text) {
    const auto parts = split(text, '$');
    if (parts.size() != 5 || !parts[0].empty() || parts[1] != "scrypt") return std::nullopt;
    const auto costs = split(parts[2], ',');
    if (costs.size() != 3) return std::nullopt;
    const auto log_n = cost_value(costs[0], "ln=");
    const auto r = cost_value(costs[1], "r=");
    const auto p = cost_value(costs[2], "p=");
    const auto salt = base64url_bytes(parts[3]);
    const auto hash = base64url_bytes(parts[4]);
    if (!log_n || !r || !p || !salt || !hash || hash->size() != kHashBytes) return std::nullopt;
    if (*log_n > kHighestLogN || *r > kHighestFactor || *p > kHighestFactor) return std::nullopt;
    return StoredHash{{*log_n, *r, *p}, *salt, *hash};
}

bool is_cheaper(const PasswordCost& a, const PasswordCost& b) noexcept {
    return a.log_n < b.log_n || a.r < b.r || a.p < b.p;
}

/// What is taken from a semaphore, until the end of its life.
template <class Semaphore>
class HeldPlace {
public:
    HeldPlace(Semaphore& semaphore, std::chrono::milliseconds patience)
        : semaphore_(semaphore), held_(semaphore.try_acquire_for(patience)) {}
    ~HeldPlace() {
        if (held_) semaphore_.release();
    }
    HeldPlace(const HeldPlace&) = delete;
    HeldPlace& operator=(const HeldPlace&) = delete;
    [[nodiscard]] bool held() const noexcept { return held_; }

private:
    Semaphore& semaphore_;
    bool held_;
};

std::string scrypt_hash(std::string_view password, std::string_view salt, PasswordCost cost) {
    const std::uint64_t n = std::uint64_t{1} << cost.log_n;
    const std::uint64_t memory = 128 * n * cost.r + 128ULL * cost.r * cost.p + (1U << 20U);
    std::string hash(kHashBytes, '\0');
    const int outcome =
        EVP_PBE_scrypt(password.data(), password.size(),
                       reinterpret_cast<const unsigned char*>(salt.data()), salt.size(), n, cost.r,
                       cost.p, memory, reinterpret_cast<unsigned char*>(hash.data()), hash.size());
    if (outcome != 1) throw std::runtime_error("OpenSSL cannot compute scrypt");
    return hash;
}

// As a form can carry it; anything else would lock its owner out.
bool is_typed_text(std::string_view text) {
    return replace_invalid_utf8(text) == text && std::none_of(text.begin(), text.end(), [](char c) {
               return static_cast<unsigned char>(c) < 0x20 || c == '\x7f';
           });
}

// Those of ten characters and more that lists of leaked passwords begin with.
constexpr std::array<std::string_view, 20> kCommonPasswords{
    "1234567890",   "12345678910",   "123456789a",  "0123456789",   "0987654321",
    "9876543210",   "1q2w3e4r5t",    "qwertyuiop",  "1qaz2wsx3edc", "password123",
    "password12",   "passw0rd123",   "iloveyou123", "qwerty12345",  "abcdefghij",
    "qwerty123456", "administrator", "1234567891",  "basketball",   "letmein123"};

}  // namespace

Result<std::string> PasswordHasher::derive(std::string_view password, std::string_view salt,
                                           PasswordCost cost, Caller caller) {
    const bool is_known = caller == Caller::known;
    const HeldPlace common(free_places_, is_known ? std::chrono::milliseconds(0) : kLongestWait);
    std::optional<HeldPlace<std::counting_semaphore<1>>> kept;
    if (!common.held() && is_known) kept.emplace(kept_place_, kLongestWait);
    if (!common.held() && !(kept && kept->held()))
        return fail(Fault::unavailable, "Too many logins at once. Try again in a moment.");
    const std::size_t running = ++running_;
    std::size_t most = most_at_once_;
    while (most < running && !most_at_once_.compare_exchange_weak(most, running)) {
    }
    std::string hash = scrypt_hash(password, salt, cost);
    --running_;
    ++computed_;
    return hash;
}

Result<std::string> PasswordHasher::hash(std::string_view password) {
    const std::string salt = random_bytes(kSaltBytes);
    const auto hash = derive(password, salt, cost_, Caller::stranger);
    if (!hash) return tl::unexpected(hash.error());
    return "$scrypt$ln=" + std::to_string(cost_.log_n) + ",r=" + std::to_string(cost_.r) +
           ",p=" + std::to_string(cost_.p) + "$" + base64url(salt) + "$" + base64url(*hash);
}

Result<PasswordHasher::Verdict> PasswordHasher::verify(std::string_view password,
                                                       std::string_view stored, Caller caller) {
    const auto known = stored_hash(stored);
    if (!known || password.size() > kLongestPassword) return verify_nobody(password, caller);
    const auto hash = derive(password, known->salt, known->cost, caller);
    if (!hash) return tl::unexpected(hash.error());
    if (!equal_in_constant_time(*hash, known->hash)) return Verdict::wrong;
    return is_cheaper(known->cost, cost_) ? Verdict::right_but_cheap : Verdict::right;
}

Result<PasswordHasher::Verdict> PasswordHasher::verify_nobody(std::string_view password,
                                                              Caller caller) {
    const auto hash =
        derive(password.substr(0, kLongestPassword), std::string(kSaltBytes, '\0'), cost_, caller);
    if (!hash) return tl::unexpected(hash.error());
    return Verdict::wrong;
}

std::string password_weakness(std::string_view password, std::string_view user) {
    if (count_code_points(password) < kShortestPassword)
        return "The password needs at least 10 characters. Length is what counts: some words do.";
    if (password.size() > kLongestPassword) return "The password is longer than 512 bytes.";
    if (password.find_first_not_of(password.front()) == std::string_view::npos)
        return "The password is one character again and again.";
    if (!is_typed_text(password))
        return "The password has a tab, another control character, or bytes that are not UTF-8: no "
               "form could send it.";
    const std::string plain = to_lower(password);
    if (std::find(kCommonPasswords.begin(), kCommonPasswords.end(), plain) !=
            kCommonPasswords.end() ||
        (!user.empty() && replace_all(plain, to_lower(user), "").empty()))
        return "The password is one of those that are tried first.";
    return {};
}

}  // namespace bm
