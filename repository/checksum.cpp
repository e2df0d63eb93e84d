#include "repository/checksum.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <stdexcept>
#include <system_error>

#include <openssl/evp.h>
#include <sys/random.h>

#include "markdown/percent_coding.hpp"
#include "markdown/permalink.hpp"
#include "markdown/text.hpp"

namespace bm {

namespace {

constexpr std::size_t kUuidBytes = 16;
// Permalinks of observations hold this much of the content, and a digest of all of it when there is
// more.
constexpr std::size_t kPermalinkContent = 200;
constexpr std::size_t kPermalinkDigest = 12;

struct FreeDigest {
    void operator()(EVP_MD* digest) const noexcept { EVP_MD_free(digest); }
};
struct FreeContext {
    void operator()(EVP_MD_CTX* context) const noexcept { EVP_MD_CTX_free(context); }
};
using Context = std::unique_ptr<EVP_MD_CTX, FreeContext>;

// Looking the algorithm up costs more than hashing a note.
const EVP_MD* sha256() {
    static const std::unique_ptr<EVP_MD, FreeDigest> digest(
        EVP_MD_fetch(nullptr, "SHA256", nullptr));
    if (!digest) throw std::runtime_error("OpenSSL has no SHA-256");
    return digest.get();
}

Context new_context() {
    Context context(EVP_MD_CTX_new());
    if (!context) throw std::bad_alloc();
    return context;
}

void require(int outcome) {
    if (outcome != 1) throw std::runtime_error("OpenSSL cannot compute a SHA-256");
}

Checksum finished(EVP_MD_CTX* context) {
    Checksum sum;
    unsigned length = 0;
    require(EVP_DigestFinal_ex(context, sum.bytes.data(), &length));
    return sum;
}

/// Without the hyphens of the usual form; as it is when they stand elsewhere.
std::string without_hyphens(std::string_view text) {
    constexpr std::size_t hyphenated = 36;
    std::string digits(text);
    if (text.size() != hyphenated) return digits;
    for (const std::size_t at : {8U, 13U, 18U, 23U}) {
        if (text[at] != '-') return digits;
    }
    std::erase(digits, '-');
    return digits;
}

}  // namespace

std::string Checksum::hex() const {
    std::string out;
    out.reserve(bytes.size() * 2);
    append_hex(out, raw());
    return out;
}

std::optional<Checksum> Checksum::from_raw(std::string_view raw) noexcept {
    Checksum sum;
    if (raw.size() != sum.bytes.size()) return std::nullopt;
    std::memcpy(sum.bytes.data(), raw.data(), raw.size());
    return sum;
}

std::optional<Checksum> Checksum::from_hex(std::string_view hex) noexcept {
    Checksum sum;
    if (hex.size() != 2 * sum.bytes.size()) return std::nullopt;
    for (std::size_t i = 0; i < sum.bytes.size(); ++i) {
        const auto high = hex_value(hex[2 * i]);
        const auto low = hex_value(hex[2 * i + 1]);
        if (!high || !low) return std::nullopt;
        sum.bytes.at(i) = static_cast<unsigned char>(*high << 4U | *low);
    }
    return sum;
}

Checksum checksum_of(std::string_view bytes) {
    static thread_local const Context context = new_context();
    require(EVP_DigestInit_ex2(context.get(), sha256(), nullptr));
    require(EVP_DigestUpdate(context.get(), bytes.data(), bytes.size()));
    return finished(context.get());
}

struct ChecksumStream::State {
    Context context = new_context();

    void start() { require(EVP_DigestInit_ex2(context.get(), sha256(), nullptr)); }
};

ChecksumStream::ChecksumStream() : state_(std::make_unique<State>()) { state_->start(); }

ChecksumStream::~ChecksumStream() = default;

void ChecksumStream::add(std::string_view piece) {
    require(EVP_DigestUpdate(state_->context.get(), piece.data(), piece.size()));
}

Checksum ChecksumStream::finish() {
    const Checksum sum = finished(state_->context.get());
    state_->start();
    return sum;
}

std::string new_uuid() {
    std::array<char, kUuidBytes> bytes{};
    // Sixteen bytes are never interrupted once the kernel's generator is seeded.
    while (getrandom(bytes.data(), bytes.size(), 0) != static_cast<ssize_t>(bytes.size())) {
        if (errno != EINTR) throw std::system_error(errno, std::generic_category(), "getrandom");
    }
    const auto set_bits = [&bytes](std::size_t at, unsigned kept, unsigned set) {
        bytes[at] = static_cast<char>((static_cast<unsigned char>(bytes[at]) & kept) | set);
    };
    set_bits(6, 0x0FU, 0x40U);  // version 4
    set_bits(8, 0x3FU, 0x80U);  // the variant of RFC 9562
    return uuid_text({bytes.data(), bytes.size()});
}

std::optional<std::string> uuid_bytes(std::string_view text) {
    constexpr std::string_view scheme = "urn:uuid:";
    if (starts_with_ignoring_case(text, scheme)) text.remove_prefix(scheme.size());
    if (text.size() > 2 && text.front() == '{' && text.back() == '}') {
        text = text.substr(1, text.size() - 2);
    }
    const std::string digits = without_hyphens(text);
    if (digits.size() != kUuidBytes * 2) return std::nullopt;
    std::string bytes;
    for (std::size_t at = 0; at < digits.size(); at += 2) {
        const auto high = hex_value(digits[at]);
        const auto low = hex_value(digits[at + 1]);
        if (!high || !low) return std::nullopt;
        bytes += static_cast<char>(*high << 4U | *low);
    }
    return bytes;
}

std::string uuid_text(std::string_view bytes) {
    std::string out;
    out.reserve(36);
    append_hex(out, bytes.substr(0, kUuidBytes));
    for (const std::size_t at : {8U, 13U, 18U, 23U}) {
        if (at < out.size()) out.insert(at, 1, '-');
    }
    return out;
}

std::string observation_permalink(std::string_view note_permalink, std::string_view category,
                                  std::string_view content) {
    std::string path(note_permalink);
    path += "/observations/";
    path += category;
    path += '/';
    const std::string_view start = first_code_points(content, kPermalinkContent);
    path += start;
    if (start.size() < content.size()) {
        path += '-';
        path += checksum_of(content).hex().substr(0, kPermalinkDigest);
    }
    return slug(path);
}

std::string relation_permalink(std::string_view source, std::string_view type,
                               std::string_view target) {
    std::string path(source);
    path += '/';
    path += type;
    path += '/';
    path += target;
    return slug(path);
}

}  // namespace bm
