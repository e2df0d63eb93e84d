#include "sync/scan.hpp"

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <map>
#include <memory>
#include <optional>

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "markdown/text.hpp"
#include "repository/atomic_file.hpp"
#include "repository/file_status.hpp"
#include "repository/folder_walk.hpp"
#include "repository/trouble.hpp"

namespace bm {

namespace {

// Deeper trees exist only as accidents (a loop of bind mounts); each level holds a descriptor.
constexpr std::size_t kMaxDepth = 200;

struct CloseDir {
    void operator()(DIR* directory) const noexcept { closedir(directory); }
};
using Directory = std::unique_ptr<DIR, CloseDir>;

Directory open_directory(int parent, const char* name) {
    const int descriptor = openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (descriptor < 0) return nullptr;
    DIR* directory = fdopendir(descriptor);
    if (directory == nullptr) {
        const int error = errno;
        close(descriptor);
        errno = error;
    }
    return Directory(directory);
}

bool is_abandoned(std::string_view name, const struct stat& status, Timestamp now) {
    return S_ISREG(status.st_mode) &&
           AtomicFile::is_abandoned(name, status.st_ctim.tv_sec,
                                    std::chrono::system_clock::to_time_t(now));
}

/// The names in a folder. Those of folders end in '/', so that sorted names give sorted paths. What
/// kept some of them from being listed is an error of the system, or 0.
std::vector<std::string> sorted_names(DIR* directory, int& error) {
    std::vector<std::string> names;
    errno = 0;
    while (const dirent* entry = readdir(directory)) {
        const std::string_view name = entry->d_name;
        if (name == "." || name == "..") continue;
        struct stat status {};
        const bool is_folder =
            entry->d_type == DT_DIR ||
            (entry->d_type == DT_UNKNOWN &&
             fstatat(dirfd(directory), entry->d_name, &status, AT_SYMLINK_NOFOLLOW) == 0 &&
             S_ISDIR(status.st_mode));
        names.emplace_back(name);
        if (is_folder) names.back() += '/';
        errno = 0;
    }
    error = errno;
    std::sort(names.begin(), names.end());
    return names;
}

class Walk {
public:
    Walk(const IgnoreRules& rules, const WalkOptions& options, ScanResult& result,
         const FileSink& seen)
        : rules_(rules), options_(options), result_(result), seen_(seen) {}

    void folder(DIR* directory, const std::string& prefix, std::size_t depth) {
        int error = 0;
        const auto names = sorted_names(directory, error);
        std::string hindrance = error == 0 ? "" : reason_of(error);
        for (std::string_view name : names) {
            if (options_.stop.stop_requested()) return;
            const bool is_folder = name.ends_with('/');
            if (is_folder) name.remove_suffix(1);
            auto found = visit(dirfd(directory), name, prefix, depth, is_folder);
            if (hindrance.empty()) hindrance = std::move(found);
        }
        if (!hindrance.empty()) leave(prefix, std::move(hindrance));
    }

    /// One file, or one folder with all that is in it. `checks_spelling`: where case does not
    /// count, another spelling of the name answers too.
    void path(int root, const std::string& path, bool checks_spelling) {
        const std::string_view above = parent_folder(path);
        if (!above.empty() && rules_.ignores_folder(above)) return;
        Directory parent;
        int folder = root;
        std::size_t name_at = 0;
        std::size_t depth = 0;
        for (std::size_t slash = path.find('/'); slash != std::string::npos;
             slash = path.find('/', name_at)) {
            auto child = open_directory(folder, path.substr(name_at, slash - name_at).c_str());
            if (!child) {
                if (errno != ENOENT && errno != ENOTDIR && errno != ELOOP)
                    leave(path.substr(0, slash + 1), reason_of(errno));
                return;
            }
            parent = std::move(child);
            folder = dirfd(parent.get());
            name_at = slash + 1;
            ++depth;
        }
        const std::string name = path.substr(name_at);
        const std::string prefix = path.substr(0, name_at);
        if (checks_spelling && !lists_name(folder, name)) return;
        auto hindrance = visit(folder, name, prefix, depth, std::nullopt);
        if (!hindrance.empty()) leave(prefix, std::move(hindrance));
    }

private:
    /// Nothing is known of what lies below.
    void leave(const std::string& folder, std::string hindrance) {
        result_.unreadable_folders.push_back(folder);
        result_.hindrances.insert_or_assign(folder, std::move(hindrance));
    }

    /// What hinders a look at what is listed there; empty when nothing does.
    std::string visit(int folder, std::string_view name, const std::string& prefix,
                      std::size_t depth, std::optional<bool> listed_as_folder) {
        std::string path = prefix;
        path += name;
        if (!is_valid_utf8(name)) {
            result_.bad_names.push_back(replace_invalid_utf8(path));
            return {};
        }
        struct stat status {};
        if (fstatat(folder, path.c_str() + prefix.size(), &status, AT_SYMLINK_NOFOLLOW) != 0) {
            // It may have gone away while we looked.
            return errno == ENOENT ? "" : reason_of(errno);
        }
        // What has become another kind since would come at the wrong place of the order.
        if (listed_as_folder && *listed_as_folder != S_ISDIR(status.st_mode))
            return "it was changed at the same time";
        if (S_ISDIR(status.st_mode)) {
            if (!rules_.ignores_folder(path)) descend(folder, path, prefix.size(), depth);
        } else if (is_abandoned(name, status, options_.now)) {
            if (options_.leftovers == Leftovers::go)
                unlinkat(folder, path.c_str() + prefix.size(), 0);
            result_.leftovers.push_back(path);
        } else if (S_ISREG(status.st_mode) && !rules_.ignores_in_kept_folder(path)) {
            if (auto relative = RelativePath::parse(path)) {
                ++result_.files;
                seen_({*std::move(relative), stamp_from(status)});
            } else {
                result_.bad_names.push_back(path);
            }
        }
        return {};
    }

    void descend(int parent, const std::string& path, std::size_t name_at, std::size_t depth) {
        if (depth >= kMaxDepth) {
            leave(path + '/', "it lies more than " + std::to_string(kMaxDepth) + " folders deep");
            return;
        }
        const Directory child = open_directory(parent, path.c_str() + name_at);
        if (!child) {
            if (errno != ENOENT) leave(path + '/', reason_of(errno));
            return;
        }
        folder(child.get(), path + '/', depth + 1);
    }

    const IgnoreRules& rules_;
    const WalkOptions& options_;
    ScanResult& result_;
    const FileSink& seen_;
};

Result<Directory> open_root(const std::filesystem::path& root) {
    // The root itself may be a link: people keep their notes on another disk.
    const int descriptor = open(root.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    Directory directory(descriptor < 0 ? nullptr : fdopendir(descriptor));
    if (directory) return directory;
    const std::string reason = std::strerror(errno);
    if (descriptor >= 0) close(descriptor);
    return fail(Fault::unavailable,
                with_way_out("Cannot read the project folder " + root.string() + ": " + reason));
}

}  // namespace

Result<ScanResult> scan_folder(const std::filesystem::path& root, const IgnoreRules& rules,
                               const FileSink& seen, const WalkOptions& options) {
    return open_root(root).map([&](const Directory& directory) {
        ScanResult result;
        Walk(rules, options, result, seen).folder(directory.get(), "", 0);
        return result;
    });
}

Result<ScanResult> scan_paths(const std::filesystem::path& root, const IgnoreRules& rules,
                              const std::vector<std::string>& paths, const FileSink& seen,
                              const WalkOptions& options) {
    std::map<std::string, int> spellings;
    for (const auto& path : paths) ++spellings[case_fold(path)];
    return open_root(root).map([&](const Directory& directory) {
        ScanResult result;
        // A path may turn out to be a folder, and then what is below it comes at another place.
        std::vector<SeenFile> files;
        const FileSink collect = [&](SeenFile file) { files.push_back(std::move(file)); };
        Walk walk(rules, options, result, collect);
        for (const auto& path : paths) {
            walk.path(dirfd(directory.get()), path, spellings.at(case_fold(path)) > 1);
        }
        std::sort(files.begin(), files.end(),
                  [](const SeenFile& a, const SeenFile& b) { return a.path < b.path; });
        for (auto& file : files) seen(std::move(file));
        return result;
    });
}

Presence presence_of(const std::filesystem::path& root, const IgnoreRules& rules,
                     const RelativePath& path) {
    if (rules.ignores(path.str())) return Presence::absent;
    const auto why = [] {
        return errno == ENOENT || errno == ENOTDIR || errno == ELOOP ? Presence::absent
                                                                     : Presence::unknown;
    };
    Directory directory(opendir(root.c_str()));
    // Without the root nothing is known of what it holds.
    if (!directory) return Presence::unknown;
    const auto segments = split(path.str(), '/');
    for (std::size_t i = 0; i + 1 < segments.size(); ++i) {
        auto child = open_directory(dirfd(directory.get()), std::string(segments[i]).c_str());
        if (!child) return why();
        directory = std::move(child);
    }
    const std::string name(segments.back());
    struct stat status {};
    if (fstatat(dirfd(directory.get()), name.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0) {
        return why();
    }
    if (!S_ISREG(status.st_mode)) return Presence::absent;
    // Where case does not count, another spelling of the name answers too.
    errno = 0;
    while (const dirent* entry = readdir(directory.get())) {
        if (name == entry->d_name) return Presence::listed;
        errno = 0;
    }
    return errno == 0 ? Presence::absent : Presence::unknown;
}

std::vector<std::string> names_in_folder(const std::filesystem::path& root,
                                         std::string_view folder) {
    Directory directory(opendir(root.c_str()));
    for (const auto segment : split(folder, '/')) {
        if (!directory) return {};
        if (segment.empty()) continue;
        directory = open_directory(dirfd(directory.get()), std::string(segment).c_str());
    }
    if (!directory) return {};
    std::vector<std::string> names;
    while (const dirent* entry = readdir(directory.get())) {
        struct stat status {};
        if (fstatat(dirfd(directory.get()), entry->d_name, &status, AT_SYMLINK_NOFOLLOW) == 0 &&
            S_ISREG(status.st_mode)) {
            names.emplace_back(entry->d_name);
        }
    }
    std::sort(names.begin(), names.end());
    return names;
}

}  // namespace bm
