#include "repository/inotify_name.hpp"

#include <cerrno>
#include <system_error>
#include <utility>

#include <sys/inotify.h>

namespace bm {

namespace fs = std::filesystem;

namespace {

// Not IN_CLOSE_WRITE: in the data directory somebody closes a file all the time.
constexpr std::uint32_t kPlaceMask = IN_CREATE | IN_MOVED_FROM | IN_MOVED_TO | IN_DELETE |
                                     IN_DELETE_SELF | IN_MOVE_SELF | IN_ONLYDIR;
constexpr int kMostTries = 10;

struct NearestFolder {
    fs::path folder;
    std::string child;  ///< on the way to the name
};

NearestFolder nearest_folder(const fs::path& path) {
    fs::path child = path;
    fs::path folder = path.parent_path();
    std::error_code ignored;
    while (!fs::is_directory(folder, ignored) && folder.has_relative_path()) {
        child = folder;
        folder = folder.parent_path();
    }
    return {folder, child.filename().string()};
}

}  // namespace

InotifyName::InotifyName(InotifyQueue& queue, fs::path path)
    : queue_(queue), path_(std::move(path)) {}

InotifyName::~InotifyName() { disarm(); }

void InotifyName::disarm() {
    if (folder_watch_ >= 0) queue_.forget(std::exchange(folder_watch_, -1));
    if (file_watch_ >= 0) queue_.forget(std::exchange(file_watch_, -1));
}

bool InotifyName::arm() {
    for (int tries = 0; tries < kMostTries; ++tries) {
        disarm();
        const NearestFolder place = nearest_folder(path_);
        folder_watch_ = queue_.watch(place.folder, kPlaceMask);
        if (folder_watch_ < 0) {
            if (errno == ENOENT || errno == ENOTDIR) continue;
            return false;
        }
        awaited_ = place.child;
        std::error_code ignored;
        if (fs::is_regular_file(path_, ignored)) {
            file_watch_ = queue_.watch(path_, IN_CLOSE_WRITE);
            if (file_watch_ < 0 && errno != ENOENT) return false;
        }
        // Folders may have come or gone before they were watched.
        if (nearest_folder(path_).folder == place.folder) return true;
    }
    return false;
}

bool InotifyName::handle(int watch, std::uint32_t mask, std::string_view name) {
    if (watch == file_watch_ && name.empty()) {
        if ((mask & IN_IGNORED) != 0) file_watch_ = -1;
        return (mask & IN_CLOSE_WRITE) != 0;
    }
    if (watch != folder_watch_) return false;
    constexpr std::uint32_t kGone = IN_DELETE_SELF | IN_MOVE_SELF | IN_UNMOUNT | IN_IGNORED;
    if ((mask & IN_IGNORED) != 0) folder_watch_ = -1;
    // A project in the same folder gets more events than were asked for here.
    if ((mask & kPlaceMask) == 0 && (mask & kGone) == 0) return false;
    if (name != awaited_ && (mask & kGone) == 0) return false;
    arm();
    return true;
}

}  // namespace bm
