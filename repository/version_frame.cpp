#include "repository/version_frame.hpp"

#include <zstd.h>

namespace bm {

namespace {

// Notes are short: higher levels cost time and gain next to nothing.
constexpr int kCompressionLevel = 1;

}  // namespace

Result<std::string> version_frame(std::string_view bytes) {
    std::string frame(ZSTD_compressBound(bytes.size()), '\0');
    const std::size_t size =
        ZSTD_compress(frame.data(), frame.size(), bytes.data(), bytes.size(), kCompressionLevel);
    if (ZSTD_isError(size) != 0) return fail(Fault::unavailable, ZSTD_getErrorName(size));
    frame.resize(size);
    return frame;
}

Result<std::string> version_in(std::string_view frame, const Checksum& checksum) {
    constexpr const char* damaged = "it is damaged";
    const unsigned long long size = ZSTD_getFrameContentSize(frame.data(), frame.size());
    // The two values that stand for "unknown" are larger.
    if (size > kMaxKeptBytes) return fail(Fault::invalid, damaged);
    std::string bytes(static_cast<std::size_t>(size), '\0');
    const std::size_t made =
        ZSTD_decompress(bytes.data(), bytes.size(), frame.data(), frame.size());
    if (ZSTD_isError(made) != 0 || made != bytes.size() || checksum_of(bytes) != checksum) {
        return fail(Fault::invalid, damaged);
    }
    return bytes;
}

}  // namespace bm
