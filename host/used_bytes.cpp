#include "host/used_bytes.hpp"

#include <system_error>

namespace bm {

namespace {

constexpr std::chrono::minutes kKept{1};

/// Files that cannot be looked at count nothing.
std::uint64_t bytes_below(const std::filesystem::path& root) {
    namespace fs = std::filesystem;
    std::uint64_t bytes = 0;
    std::error_code error;
    fs::recursive_directory_iterator each(root, fs::directory_options::skip_permission_denied,
                                          error);
    for (; !error && each != fs::recursive_directory_iterator(); each.increment(error)) {
        std::error_code ignored;
        if (!fs::is_regular_file(each->symlink_status(ignored))) continue;
        const auto size = each->file_size(ignored);
        if (!ignored) bytes += size;
    }
    return bytes;
}

}  // namespace

std::uint64_t UsedBytes::count() {
    const std::scoped_lock lock(mutex_);
    if (!counted_at_ || clock_() - *counted_at_ >= kKept) {
        bytes_ = bytes_below(root_);
        counted_at_ = clock_();
    }
    return bytes_;
}

}  // namespace bm
