#include "repository/version_frame.hpp"

#include <memory>

#include <zstd.h>

namespace bm {

namespace {

// Notes are short: higher levels cost time and gain next to nothing.
constexpr int kCompressionLevel = 1;
// Making a context takes longer than compressing a note; one for larger files would hold too much.
constexpr std::size_t kShortBytes = 256U << 10U;

struct FreeContexts {
    void operator()(ZSTD_CCtx* context) const noexcept { ZSTD_freeCCtx(context); }
    void operator()(ZSTD_DCtx* context) const noexcept { ZSTD_freeDCtx(context); }
};

std::size_t compress(std::string& frame, std::string_view bytes) {
    static thread_local const std::unique_ptr<ZSTD_CCtx, FreeContexts> context(ZSTD_createCCtx());
    if (!context || bytes.size() > kShortBytes) {
        return ZSTD_compress(frame.data(), frame.size(), bytes.data(), bytes.size(),
                             kCompressionLevel);
    }
    return ZSTD_compressCCtx(context.get(), frame.data(), frame.size(), bytes.data(), bytes.size(),
                             kCompressionLevel);
}

std::size_t decompress(std::string& bytes, std::string_view frame) {
    static thread_local const std::unique_ptr<ZSTD_DCtx, FreeContexts> context(ZSTD_createDCtx());
    if (!context || bytes.size() > kShortBytes) {
        return ZSTD_decompress(bytes.data(), bytes.size(), frame.data(), frame.size());
    }
    return ZSTD_decompressDCtx(context.get(), bytes.data(), bytes.size(), frame.data(),
                               frame.size());
}

}  // namespace

Result<std::string> version_frame(std::string_view bytes) {
    std::string frame(ZSTD_compressBound(bytes.size()), '\0');
    const std::size_t size = compress(frame, bytes);
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
    const std::size_t made = decompress(bytes, frame);
    if (ZSTD_isError(made) != 0 || made != bytes.size() || checksum_of(bytes) != checksum) {
        return fail(Fault::invalid, damaged);
    }
    return bytes;
}

}  // namespace bm
