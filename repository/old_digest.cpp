#include "repository/old_digest.hpp"

#include <array>
#include <new>
#include <stdexcept>

#include <openssl/evp.h>

#include "markdown/percent_coding.hpp"

namespace bm {

namespace {

struct FreeDigestContext {
    void operator()(EVP_MD_CTX* context) const noexcept { EVP_MD_CTX_free(context); }
};

void require_digest(int outcome) {
    if (outcome != 1) throw std::runtime_error("OpenSSL cannot compute a digest");
}

}  // namespace

struct OldDigestStream::State {
    std::unique_ptr<EVP_MD_CTX, FreeDigestContext> context{EVP_MD_CTX_new()};
};

OldDigestStream::OldDigestStream(OldDigest kind) : state_(std::make_unique<State>()) {
    if (!state_->context) throw std::bad_alloc();
    const EVP_MD* algorithm = kind == OldDigest::md5 ? EVP_md5() : EVP_sha1();
    require_digest(EVP_DigestInit_ex(state_->context.get(), algorithm, nullptr));
}
OldDigestStream::~OldDigestStream() = default;
OldDigestStream::OldDigestStream(OldDigestStream&&) noexcept = default;

void OldDigestStream::add(std::string_view piece) {
    require_digest(EVP_DigestUpdate(state_->context.get(), piece.data(), piece.size()));
}

std::string OldDigestStream::finish() {
    std::array<unsigned char, EVP_MAX_MD_SIZE> bytes{};
    unsigned length = 0;
    require_digest(EVP_DigestFinal_ex(state_->context.get(), bytes.data(), &length));
    std::string hex;
    append_hex(hex, {reinterpret_cast<const char*>(bytes.data()), length});
    return hex;
}

}  // namespace bm
