#include "cloud/folder_move.hpp"

#include <array>
#include <cerrno>
#include <map>
#include <optional>
#include <string>
#include <system_error>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cloud/same_bytes.hpp"
#include "repository/descriptor.hpp"

namespace bm {

namespace fs = std::filesystem;

namespace {

tl::unexpected<CloudFailure> cannot_move(const fs::path& from, const fs::path& to,
                                         const std::error_code& problem) {
    return cloud_fail(CloudFault::local_io, from.string() + " could not be moved to " +
                                                to.string() + ": " + problem.message());
}

std::error_code last_error() { return {errno, std::generic_category()}; }

/// What tells a file from one that somebody has saved in its place.
struct TreeEntry {
    mode_t mode = 0;
    off_t size = 0;
    timespec modified{};
    timespec changed{};

    [[nodiscard]] bool is_folder() const { return S_ISDIR(mode); }
    [[nodiscard]] bool is_kept_by(const TreeEntry& now) const {
        if (is_folder()) return now.is_folder();
        return mode == now.mode && size == now.size && changed.tv_sec == now.changed.tv_sec &&
               changed.tv_nsec == now.changed.tv_nsec;
    }
};

/// By the path below the root; a folder comes before what it holds.
using TreeEntries = std::map<fs::path, TreeEntry>;

std::error_code list_tree(const fs::path& root, TreeEntries& entries) {
    std::error_code problem;
    fs::recursive_directory_iterator at(root, problem);
    for (const fs::recursive_directory_iterator end; !problem && at != end; at.increment(problem)) {
        struct stat seen {};
        if (::lstat(at->path().c_str(), &seen) != 0) return last_error();
        entries[at->path().lexically_relative(root)] = {seen.st_mode, seen.st_size, seen.st_mtim,
                                                        seen.st_ctim};
    }
    return problem;
}

std::error_code make_durable(const fs::path& folder) {
    const Descriptor opened(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!opened || ::fsync(opened.number()) != 0) return last_error();
    return {};
}

std::error_code write_all(int file, const char* bytes, std::size_t count) {
    while (count > 0) {
        const ssize_t written = ::write(file, bytes, count);
        if (written < 0 && errno == EINTR) continue;
        if (written < 0) return last_error();
        bytes += written;
        count -= static_cast<std::size_t>(written);
    }
    return {};
}

std::error_code copy_file_durably(const fs::path& from, const fs::path& to,
                                  const TreeEntry& entry) {
    const Descriptor in(::open(from.c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC));
    if (!in) return last_error();
    const Descriptor out(::open(to.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
    if (!out) return last_error();
    std::array<char, 65536> buffer;  // NOLINT: filled by read
    while (true) {
        const ssize_t count = ::read(in.number(), buffer.data(), buffer.size());
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) return last_error();
        if (count == 0) break;
        const auto bytes = static_cast<std::size_t>(count);
        if (auto problem = write_all(out.number(), buffer.data(), bytes)) return problem;
    }
    const std::array<timespec, 2> times{entry.modified, entry.modified};
    const bool is_done = ::fchmod(out.number(), entry.mode & 07777) == 0 &&
                         ::futimens(out.number(), times.data()) == 0 && ::fsync(out.number()) == 0;
    return is_done ? std::error_code() : last_error();
}

std::error_code copy_tree(const fs::path& from, const fs::path& to, const TreeEntries& entries) {
    std::error_code problem;
    fs::create_directories(to, problem);
    for (const auto& [path, entry] : entries) {
        if (problem) return problem;
        if (entry.is_folder()) {
            fs::create_directory(to / path, problem);
        } else if (S_ISLNK(entry.mode)) {
            fs::copy_symlink(from / path, to / path, problem);
        } else {
            problem = copy_file_durably(from / path, to / path, entry);
        }
    }
    // Rights last: a folder that nobody may write to takes no files.
    for (auto at = entries.rbegin(); at != entries.rend() && !problem; ++at) {
        if (!at->second.is_folder()) continue;
        problem = make_durable(to / at->first);
        if (!problem && ::chmod((to / at->first).c_str(), at->second.mode & 07777) != 0)
            problem = last_error();
    }
    return problem ? problem : make_durable(to);
}

/// Removes what was copied, and of that only what nobody has changed since.
std::error_code remove_copied(const fs::path& root, const TreeEntries& copied) {
    TreeEntries now;
    if (auto problem = list_tree(root, now)) return problem;
    for (const auto& [path, entry] : now) {
        const auto known = copied.find(path);
        if (known == copied.end() || !known->second.is_kept_by(entry))
            return std::make_error_code(std::errc::text_file_busy);
    }
    std::error_code problem;
    for (auto at = now.rbegin(); at != now.rend() && !problem; ++at) {
        fs::remove(root / at->first, problem);
    }
    if (!problem) fs::remove(root, problem);
    return problem;
}

/// Before anything is moved: pipes, sockets and devices cannot be copied.
std::optional<fs::path> not_copyable(const TreeEntries& entries) {
    for (const auto& [path, entry] : entries) {
        if (!entry.is_folder() && !S_ISREG(entry.mode) && !S_ISLNK(entry.mode)) return path;
    }
    return std::nullopt;
}

/// From beside its old place to the new one.
CloudResult<void> bring_over(const fs::path& from, const fs::path& aside, const fs::path& to) {
    TreeEntries entries;
    if (auto problem = list_tree(aside, entries)) return cannot_move(from, to, problem);
    const fs::path unfinished = moving_place(to);
    std::error_code problem;
    if (!is_same_tree(aside, to)) {
        fs::remove_all(unfinished, problem);
        if (!problem) problem = copy_tree(aside, unfinished, entries);
        if (!problem && !is_same_tree(aside, unfinished))
            problem = std::make_error_code(std::errc::text_file_busy);
        // An empty folder gives way; anything else there does not.
        if (!problem && ::rename(unfinished.c_str(), to.c_str()) != 0) problem = last_error();
        if (!problem) problem = make_durable(to.parent_path());
        if (problem) {
            std::error_code ignored;
            fs::remove_all(unfinished, ignored);
            fs::rename(aside, from, ignored);
            return cannot_move(from, to, problem);
        }
    }
    if (const auto left = remove_copied(aside, entries)) {
        return cloud_fail(CloudFault::local_io,
                          from.string() + " is copied to " + to.string() +
                              ", but the original could not be removed: " +
                              (left == std::errc::text_file_busy
                                   ? std::string("something was saved in it meanwhile")
                                   : left.message()),
                          "It is kept in " + aside.string() + ".");
    }
    return {};
}

}  // namespace

fs::path moving_place(const fs::path& folder) {
    return folder.parent_path() / ("." + folder.filename().string() + ".bm-moving");
}

bool is_same_tree(const fs::path& one, const fs::path& other) {
    TreeEntries first;
    TreeEntries second;
    std::error_code problem;
    if (!fs::is_directory(one, problem) || !fs::is_directory(other, problem)) return false;
    if (list_tree(one, first) || list_tree(other, second) || first.size() != second.size())
        return false;
    for (const auto& [path, entry] : first) {
        const auto found = second.find(path);
        if (found == second.end() || (entry.mode & S_IFMT) != (found->second.mode & S_IFMT))
            return false;
        if (S_ISREG(entry.mode) && !same_bytes(one / path, other / path)) return false;
        if (S_ISLNK(entry.mode) &&
            fs::read_symlink(one / path, problem) != fs::read_symlink(other / path, problem))
            return false;
    }
    return true;
}

CloudResult<void> move_folder_by_copy(const fs::path& from, const fs::path& to) {
    const fs::path aside = moving_place(from);
    std::error_code problem;
    if (!fs::exists(aside, problem)) {
        TreeEntries entries;
        if (auto unreadable = list_tree(from, entries)) return cannot_move(from, to, unreadable);
        if (const auto odd = not_copyable(entries)) {
            return cloud_fail(CloudFault::local_io,
                              from.string() + " could not be moved to " + to.string() + ": " +
                                  odd->string() + " is no file, folder or link.",
                              "Remove it or choose a folder on the same file system.");
        }
        fs::rename(from, aside, problem);
        if (problem) return cannot_move(from, to, problem);
    }
    return bring_over(from, aside, to);
}

CloudResult<void> move_folder(const fs::path& from, const fs::path& to) {
    std::error_code problem;
    fs::create_directories(to.parent_path(), problem);
    if (problem) return cannot_move(from, to, problem);
    if (fs::exists(moving_place(from), problem)) return move_folder_by_copy(from, to);
    if (fs::exists(to, problem) && fs::is_empty(to, problem)) fs::remove(to, problem);
    if (fs::exists(to, problem)) {
        return cannot_move(from, to, std::make_error_code(std::errc::directory_not_empty));
    }
    fs::rename(from, to, problem);
    if (problem == std::errc::cross_device_link) return move_folder_by_copy(from, to);
    if (problem) return cannot_move(from, to, problem);
    return {};
}

}  // namespace bm
