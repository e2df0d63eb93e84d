#include "repository/inotify_name.hpp"

#include <cerrno>
#include <system_error>
#include <utility>

#include <sys/inotify.h>

namespace bm {

namespace fs = std::filesystem;

namespace {

// Of a folder on the way only that it is moved: a server must not wake for what others do in /tmp.
constexpr std::uint32_t kWayMask = IN_DELETE_SELF | IN_MOVE_SELF | IN_ONLYDIR;
// Not IN_CLOSE_WRITE: in the data directory somebody closes a file all the time.
constexpr std::uint32_t kNameMask = IN_CREATE | IN_MOVED_FROM | IN_MOVED_TO | IN_DELETE | IN_ATTRIB;
constexpr std::uint32_t kFolderGone = IN_DELETE_SELF | IN_MOVE_SELF | IN_UNMOUNT | IN_IGNORED;
constexpr int kMostTries = 10;

bool went_away(int error) { return error == ENOENT || error == ENOTDIR; }

}  // namespace

InotifyName::InotifyName(InotifyQueue& queue, fs::path path)
    : queue_(queue), path_(std::move(path)) {}

InotifyName::~InotifyName() { disarm(); }

void InotifyName::disarm() {
    for (const auto& folder : std::exchange(folders_, {})) queue_.forget(folder.watch);
    if (file_watch_ >= 0) queue_.forget(std::exchange(file_watch_, -1));
}

bool InotifyName::arm() {
    for (int tries = 0; tries < kMostTries; ++tries) {
        disarm();
        const WatchedWay way = watched_way(path_);
        if (!watch_way(way) || !watch_file()) {
            if (went_away(errno)) continue;
            disarm();
            return false;
        }
        // Folders and links may have come or gone before they were watched.
        if (watched_way(path_) == way) return true;
    }
    disarm();
    return false;
}

bool InotifyName::watch_way(const WatchedWay& way) {
    for (const auto& [folder, name] : way.names) {
        const int watch = queue_.watch(folder, kWayMask | kNameMask);
        if (watch < 0) return false;
        folders_.push_back({watch, name});
    }
    for (const auto& folder : way.folders) {
        const int watch = queue_.watch(folder, kWayMask);
        // Some folders may be passed but not looked into. Those can be moved unseen.
        if (watch < 0 && errno == EACCES) continue;
        if (watch < 0) return false;
        folders_.push_back({watch, ""});
    }
    return true;
}

bool InotifyName::watch_file() {
    std::error_code ignored;
    if (!fs::is_regular_file(path_, ignored)) return true;
    file_watch_ = queue_.watch(path_, IN_CLOSE_WRITE);
    // A file that nobody may read is not read here either, until its permissions change.
    return file_watch_ >= 0 || errno == EACCES;
}

InotifyName::Told InotifyName::handle(int watch, std::uint32_t mask, std::string_view name) {
    if (watch == file_watch_ && name.empty() && (mask & IN_IGNORED) == 0) {
        return (mask & IN_CLOSE_WRITE) != 0 ? Told::change : Told::nothing;
    }
    bool is_ours = watch == file_watch_;
    for (const auto& folder : folders_) {
        if (folder.watch != watch) continue;
        // A project in the same folder gets more events than were asked for here.
        is_ours = is_ours || (mask & kFolderGone) != 0 ||
                  ((mask & kNameMask) != 0 && !name.empty() && name == folder.name);
    }
    if (!is_ours) return Told::nothing;
    return arm() ? Told::change : Told::deaf;
}

}  // namespace bm
