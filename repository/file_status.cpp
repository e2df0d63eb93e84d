#include "repository/file_status.hpp"

#include <algorithm>
#include <memory>
#include <string_view>

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "repository/descriptor.hpp"

namespace bm {

namespace {

constexpr std::int64_t kNanosecondsPerSecond = 1'000'000'000;

std::int64_t nanoseconds(const statx_timestamp& at) {
    return at.tv_sec * kNanosecondsPerSecond + at.tv_nsec;
}

Timestamp timestamp(std::int64_t nanoseconds_since_1970) {
    return Timestamp(std::chrono::floor<std::chrono::microseconds>(
        std::chrono::nanoseconds(nanoseconds_since_1970)));
}

std::optional<FileStatus> ask(int folder, const char* name, int flags) {
    struct statx seen {};
    if (::statx(folder, name, flags, STATX_BASIC_STATS | STATX_BTIME, &seen) != 0) {
        return std::nullopt;
    }
    const std::int64_t modified = nanoseconds(seen.stx_mtime);
    const bool has_birth = (seen.stx_mask & STATX_BTIME) != 0;
    const std::int64_t born =
        has_birth ? nanoseconds(seen.stx_btime) : std::min(modified, nanoseconds(seen.stx_ctime));
    return FileStatus{.stamp = {.mtime_ns = modified,
                                .size = static_cast<std::int64_t>(seen.stx_size),
                                .inode = static_cast<std::int64_t>(seen.stx_ino)},
                      .born = timestamp(born),
                      .mode = seen.stx_mode,
                      .owner = seen.stx_uid,
                      .group = seen.stx_gid,
                      .device = makedev(seen.stx_dev_major, seen.stx_dev_minor)};
}

struct CloseFolder {
    void operator()(DIR* folder) const noexcept { ::closedir(folder); }
};

}  // namespace

std::optional<FileStatus> status_of(int file) { return ask(file, "", AT_EMPTY_PATH); }

std::optional<FileStatus> status_of(int folder, const std::string& name) {
    return ask(folder, name.c_str(), AT_SYMLINK_NOFOLLOW);
}

bool lists_name(int folder, const std::string& name) {
    const int readable = ::openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (readable < 0) return false;
    const std::unique_ptr<DIR, CloseFolder> list(::fdopendir(readable));
    if (!list) {
        const Descriptor closed_here(readable);
        return false;
    }
    // readdir keeps its state in `list`, which nobody else has.
    while (const dirent* entry = ::readdir(list.get())) {
        if (name == std::string_view(static_cast<const char*>(entry->d_name))) return true;
    }
    return false;
}

}  // namespace bm
