#include "repository/inotify_tree.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>

#include <dirent.h>
#include <fcntl.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

namespace bm {

namespace {

// IN_CREATE: folders and hard links; IN_MODIFY: files that stay open, such as journals.
constexpr std::uint32_t kFolderMask = IN_CREATE | IN_MODIFY | IN_CLOSE_WRITE | IN_MOVED_FROM |
                                      IN_MOVED_TO | IN_DELETE | IN_ATTRIB | IN_EXCL_UNLINK |
                                      IN_ONLYDIR;
constexpr std::uint32_t kRootMask = kFolderMask | IN_DELETE_SELF | IN_MOVE_SELF;
constexpr std::size_t kDeepestWatch = 200;  // as deep as a scan looks

// Magic numbers of file systems where others may write without our kernel knowing.
constexpr std::array<std::uint32_t, 9> kSharedFileSystems{
    0x6969,      // NFS
    0x517B,      // SMB
    0xFF534D42,  // CIFS
    0xFE534D42,  // SMB2
    0x01021997,  // 9P: folders of the host in WSL and in virtual machines
    0x65735546,  // FUSE: sshfs, rclone mount
    0x00C36400,  // Ceph
    0x5346414F,  // AFS
    0x786F4256,  // folders of the host in VirtualBox
};

bool is_shared(int folder) {
    struct statfs status {};
    if (::fstatfs(folder, &status) != 0) return false;
    const auto kind = static_cast<std::uint32_t>(status.f_type);
    return std::find(kSharedFileSystems.begin(), kSharedFileSystems.end(), kind) !=
           kSharedFileSystems.end();
}

/// There are no watches, memory or descriptors left, or the disk fails: it says nothing about the
/// folder.
bool is_at_the_limit(int error) {
    return error == ENOSPC || error == ENOMEM || error == EMFILE || error == ENFILE || error == EIO;
}

/// It may be opened some day. Else there is no such folder.
bool is_closed(int error) { return error != ENOENT && error != ENOTDIR && error != ELOOP; }

Descriptor open_watched(int parent, const std::string& name) {
    return Descriptor(
        ::openat(parent, name.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
}

struct CloseWatchedFolder {
    void operator()(DIR* folder) const noexcept { ::closedir(folder); }
};

/// Holds the folder in the place of `opened`: a deep tree has one descriptor for each level.
std::unique_ptr<DIR, CloseWatchedFolder> listed_folder(Descriptor& opened) {
    const int copy = ::fcntl(opened.number(), F_DUPFD_CLOEXEC, 0);
    if (copy < 0) return nullptr;
    DIR* list = ::fdopendir(copy);
    if (list == nullptr) {
        const int error = errno;
        ::close(copy);
        errno = error;
    } else {
        const Descriptor closed = std::move(opened);
    }
    return std::unique_ptr<DIR, CloseWatchedFolder>(list);
}

}  // namespace

InotifyTree::InotifyTree(InotifyQueue& queue, WatchId id, std::filesystem::path root,
                         IgnoresPath ignores)
    : queue_(queue), id_(id), root_(std::move(root)), ignores_(std::move(ignores)) {}

InotifyTree::~InotifyTree() { close(); }

void InotifyTree::close() {
    if (top_) forget(*top_);
    top_.reset();
}

Coverage InotifyTree::open() {
    close();
    // The root itself may be a link: people keep their notes on another disk.
    Descriptor opened(::open(root_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!opened) return is_at_the_limit(errno) ? Coverage::none_left : Coverage::missing;
    const Coverage coverage = is_shared(opened.number()) ? Coverage::local : Coverage::complete;
    top_ = std::make_unique<Folder>();
    if (!watch_folder(*top_, std::move(opened), "", 0)) {
        // A part of the folders is of no use, and others need watches, too.
        close();
        return Coverage::none_left;
    }
    if (top_->watch < 0) {
        close();
        return Coverage::missing;
    }
    return coverage;
}

/// False when it cannot be told which folders there are, or when no watches are left.
bool InotifyTree::watch_folder(Folder& folder, Descriptor opened, const std::string& prefix,
                               std::size_t depth) {
    // First watched, then listed: what comes in between is seen twice, never missed.
    folder.watch = queue_.watch_open_folder(opened.number(),
                                            folder.parent == nullptr ? kRootMask : kFolderMask);
    // A folder that cannot be watched keeps none of the others from it.
    if (folder.watch < 0) return !is_at_the_limit(errno);
    folders_.emplace(folder.watch, &folder);
    const std::unique_ptr<DIR, CloseWatchedFolder> list = listed_folder(opened);
    if (!list) return !is_at_the_limit(errno);
    const int listed = ::dirfd(list.get());
    errno = 0;
    while (const dirent* entry = ::readdir(list.get())) {
        const std::string name = static_cast<const char*>(entry->d_name);
        const bool may_be_folder = entry->d_type == DT_DIR || entry->d_type == DT_UNKNOWN;
        if (name != "." && name != ".." && may_be_folder && !ignores_(prefix + name, true) &&
            !watch_child(folder, listed, name, prefix + name, depth)) {
            return false;
        }
        errno = 0;
    }
    return !is_at_the_limit(errno);
}

bool InotifyTree::watch_child(Folder& parent, int parent_folder, const std::string& name,
                              const std::string& path, std::size_t depth) {
    if (depth >= kDeepestWatch) return true;
    Descriptor opened = open_watched(parent_folder, name);
    if (!opened) {
        const int error = errno;
        // Whoever lets us look changes it or its parent, and that is told.
        if (is_closed(error)) parent.closed.insert(name);
        return !is_at_the_limit(error);
    }
    auto& child = parent.children[name];
    child = std::make_unique<Folder>();
    child->parent = &parent;
    child->name = name;
    return watch_folder(*child, std::move(opened), path + '/', depth + 1);
}

bool InotifyTree::watch_new_folder(Folder& parent, std::string_view name) {
    forget_child(parent, name);
    parent.closed.erase(std::string(name));
    std::vector<Folder*> way;
    for (Folder* each = &parent; each->parent != nullptr; each = each->parent) way.push_back(each);
    Descriptor opened(::open(root_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    for (auto each = way.rbegin(); each != way.rend() && opened; ++each)
        opened = open_watched(opened.number(), (*each)->name);
    if (!opened) {
        const int error = errno;
        if (!is_closed(error)) return true;
        // Any folder on the way may be the one that is closed.
        parent.closed.emplace(name);
        for (const Folder* each : way) each->parent->closed.insert(each->name);
        return !is_at_the_limit(error);
    }
    const std::string path = path_of(parent) + std::string(name);
    return watch_child(parent, opened.number(), std::string(name), path, way.size());
}

/// Tries again what could not be opened in that folder.
bool InotifyTree::watch_closed(Folder& folder) {
    const auto names = std::exchange(folder.closed, {});
    return std::all_of(names.begin(), names.end(),
                       [&](const std::string& name) { return watch_new_folder(folder, name); });
}

void InotifyTree::forget(Folder& folder) {
    for (const auto& child : folder.children) forget(*child.second);
    folder.children.clear();
    if (folder.watch < 0) return;
    const auto [begin, end] = folders_.equal_range(folder.watch);
    for (auto each = begin; each != end; ++each) {
        if (each->second != &folder) continue;
        folders_.erase(each);
        queue_.forget(folder.watch);
        break;
    }
    folder.watch = -1;
}

void InotifyTree::forget_child(Folder& parent, std::string_view name) {
    const auto child = parent.children.find(name);
    if (child == parent.children.end()) return;
    forget(*child->second);
    parent.children.erase(child);
}

/// With a '/' at its end; empty for the root.
std::string InotifyTree::path_of(const Folder& folder) {
    if (folder.parent == nullptr) return {};
    return path_of(*folder.parent) + folder.name + '/';
}

void InotifyTree::tell(FileEvent::Kind kind, std::string path,
                       std::vector<FileEvent>& events) const {
    FileEvent event{kind, id_, std::move(path)};
    if (events.empty() || events.back() != event) events.push_back(std::move(event));
}

void InotifyTree::end(FileEvent::Kind kind, std::vector<FileEvent>& events) {
    close();
    tell(kind, "", events);
}

/// Whoever made the file or writes to it will close it; a hard link is complete at once.
bool InotifyTree::is_growing(const std::string& path, std::uint32_t mask) const {
    if ((mask & ~static_cast<std::uint32_t>(IN_CREATE | IN_MODIFY)) != 0) return false;
    if ((mask & IN_CREATE) == 0) return true;
    struct stat status {};
    return ::lstat((root_ / path).c_str(), &status) == 0 && status.st_nlink < 2;
}

void InotifyTree::handle_itself(Folder& folder, std::uint32_t mask,
                                std::vector<FileEvent>& events) {
    const bool is_root = folder.parent == nullptr;
    const bool has_closed = !folder.closed.empty();
    if (is_root && (mask & (IN_DELETE_SELF | IN_MOVE_SELF | IN_UNMOUNT | IN_IGNORED)) != 0) {
        end(FileEvent::Kind::root_gone, events);
    } else if ((mask & (IN_UNMOUNT | IN_IGNORED)) != 0) {
        std::string path = path_of(folder);
        path.pop_back();
        forget_child(*folder.parent, folder.name);
        tell(FileEvent::Kind::tree_changed, std::move(path), events);
    } else if ((mask & IN_ATTRIB) != 0 && (is_root || has_closed)) {
        if (!watch_closed(folder)) return end(FileEvent::Kind::uncovered, events);
        std::string path = path_of(folder);
        if (!is_root) path.pop_back();
        tell(FileEvent::Kind::tree_changed, std::move(path), events);
    }
}

void InotifyTree::handle_folder(Folder& parent, std::uint32_t mask, std::string_view name,
                                std::vector<FileEvent>& events) {
    std::string path = path_of(parent) + std::string(name);
    if (ignores_(path, true)) return;
    constexpr std::uint32_t kOtherFolder = IN_CREATE | IN_MOVED_TO | IN_DELETE | IN_MOVED_FROM;
    const auto child = parent.children.find(name);
    const bool is_watched = child != parent.children.end() && child->second->watch >= 0;
    // Also where one has gone: if two were exchanged, another one has the name already.
    if ((mask & kOtherFolder) != 0 || !is_watched) {
        if (!watch_new_folder(parent, name)) return end(FileEvent::Kind::uncovered, events);
    }
    tell(FileEvent::Kind::tree_changed, std::move(path), events);
}

void InotifyTree::handle(int watch, std::uint32_t mask, std::string_view name,
                         std::vector<FileEvent>& events) {
    std::vector<Folder*> owners;
    const auto [begin, end_of_owners] = folders_.equal_range(watch);
    for (auto each = begin; each != end_of_owners; ++each) owners.push_back(each->second);
    for (Folder* folder : owners) {
        // What was done for one of them may have taken the others away.
        const auto [first, last] = folders_.equal_range(watch);
        const bool is_known =
            std::any_of(first, last, [folder](const auto& each) { return each.second == folder; });
        if (!is_known) continue;
        if (name.empty()) {
            handle_itself(*folder, mask, events);
        } else if ((mask & IN_ISDIR) != 0) {
            handle_folder(*folder, mask, name, events);
        } else {
            std::string path = path_of(*folder) + std::string(name);
            if (ignores_(path, false)) continue;
            const auto kind =
                is_growing(path, mask) ? FileEvent::Kind::growing : FileEvent::Kind::changed;
            tell(kind, std::move(path), events);
        }
    }
}

}  // namespace bm
