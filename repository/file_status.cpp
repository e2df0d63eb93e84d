#include "repository/file_status.hpp"

#include <algorithm>
#include <chrono>
#include <limits>
#include <memory>
#include <string_view>

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "repository/clock.hpp"
#include "repository/descriptor.hpp"

namespace bm {

namespace {

constexpr std::int64_t kNanosecondsPerSecond = 1'000'000'000;
// Longer than the steps of any file system that tells less than a second.
constexpr std::chrono::milliseconds kFineStep{100};
// FAT's; that of file systems with whole seconds is half as long.
constexpr std::chrono::seconds kCoarseStep{2};
// No clock is wrong by more than that without anybody noticing.
constexpr std::chrono::hours kWrongClock{24};

/// Files may carry times that nanoseconds in 64 bits cannot hold (before 1677, after 2262): then
/// the nearest one.
std::int64_t nanoseconds(std::int64_t seconds, std::int64_t rest) {
    constexpr std::int64_t last_second =
        std::numeric_limits<std::int64_t>::max() / kNanosecondsPerSecond - 1;
    return std::clamp(seconds, -last_second, last_second) * kNanosecondsPerSecond + rest;
}

std::int64_t nanoseconds(const statx_timestamp& at) { return nanoseconds(at.tv_sec, at.tv_nsec); }

std::optional<FileStatus> ask(int folder, const char* name, int flags) {
    struct statx seen {};
    if (::statx(folder, name, flags, STATX_BASIC_STATS | STATX_BTIME, &seen) != 0) {
        return std::nullopt;
    }
    const std::int64_t modified = nanoseconds(seen.stx_mtime);
    const std::int64_t changed = nanoseconds(seen.stx_ctime);
    const bool has_birth = (seen.stx_mask & STATX_BTIME) != 0;
    const std::int64_t born = has_birth ? nanoseconds(seen.stx_btime) : std::min(modified, changed);
    return FileStatus{.stamp = {.mtime_ns = modified,
                                .size = static_cast<std::int64_t>(seen.stx_size),
                                .inode = static_cast<std::int64_t>(seen.stx_ino),
                                .ctime_ns = changed},
                      .born = timestamp_from_ns(born),
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

FileStamp stamp_from(const struct stat& seen) {
    return {.mtime_ns = nanoseconds(seen.st_mtim.tv_sec, seen.st_mtim.tv_nsec),
            .size = static_cast<std::int64_t>(seen.st_size),
            .inode = static_cast<std::int64_t>(seen.st_ino),
            .ctime_ns = nanoseconds(seen.st_ctim.tv_sec, seen.st_ctim.tv_nsec)};
}

bool is_settled(const FileStamp& stamp, Timestamp then) {
    const Timestamp changed = timestamp_from_ns(stamp.ctime_ns);
    const bool tells_whole_seconds = stamp.ctime_ns % kNanosecondsPerSecond == 0;
    const Timestamp::duration step =
        tells_whole_seconds ? Timestamp::duration(kCoarseStep) : Timestamp::duration(kFineStep);
    return changed + step < then || changed > then + kWrongClock;
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
