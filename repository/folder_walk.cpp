#include "repository/folder_walk.hpp"

#include <array>
#include <cerrno>
#include <climits>
#include <deque>
#include <optional>
#include <system_error>

#include <fcntl.h>
#include <sys/stat.h>

#include "markdown/text.hpp"
#include "repository/atomic_file.hpp"

namespace bm {

namespace fs = std::filesystem;

namespace {

// As many as Linux itself follows in one path.
constexpr int kMaxLinks = 40;

constexpr const char* kLeavesProject = "it leads out of the project through a symbolic link";

tl::unexpected<Error> unavailable(int error) { return fail(Fault::unavailable, reason_of(error)); }

Descriptor open_inside(const Descriptor& folder, const std::string& name, int flags) {
    return Descriptor(
        ::openat(folder.number(), name.c_str(), flags | O_PATH | O_NOFOLLOW | O_CLOEXEC));
}

Descriptor duplicate(const Descriptor& folder) {
    return Descriptor(::openat(folder.number(), ".", O_PATH | O_DIRECTORY | O_CLOEXEC));
}

class Walk {
public:
    Walk(const fs::path& root, MissingFolders missing) : root_(root), missing_(missing) {}

    Result<Place> to(std::string_view path, LastSegment last) {
        if (auto opened = open_root(); !opened) return tl::unexpected(opened.error());
        put_in_front(path);
        while (true) {
            const std::string name = std::move(todo_.front());
            todo_.pop_front();
            if (todo_.empty() && last == LastSegment::untouched) return end_at(name);
            auto entered = enter(name, todo_.empty());
            if (!entered) return tl::unexpected(entered.error());
            if (*entered) return end_at(**entered);
        }
    }

private:
    /// The name when the path ends here, none when the walk goes on.
    using Step = Result<std::optional<std::string>>;

    Result<void> open_root() {
        Descriptor root(::open(root_.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
        if (!root && errno == ENOENT) {
            return fail(Fault::unavailable,
                        "the project folder " + root_.string() +
                            " is not there. Mount its disk or create the folder, or tell "
                            "where it is now with `bm project move`.");
        }
        if (!root) return unavailable(errno);
        folders_.push_back(std::move(root));
        return {};
    }

    Place end_at(std::string name) {
        std::string path = join(names_, "/");
        if (name != ".") path = path.empty() ? name : path + '/' + name;
        if (path.empty()) path = ".";
        return {std::move(folders_.back()), std::move(name), std::move(path), std::move(grown_)};
    }

    void put_in_front(std::string_view path) {
        const auto segments = split(path, '/');
        todo_.insert(todo_.begin(), segments.begin(), segments.end());
    }

    Step enter(const std::string& name, bool is_last) {
        if (name.empty() || name == ".") return is_last ? Step(".") : Step(std::nullopt);
        if (name == "..") return step_up(is_last);
        if (!is_last) {
            Descriptor folder = open_inside(folders_.back(), name, O_DIRECTORY);
            if (!folder && errno == ENOENT && missing_ == MissingFolders::make) {
                return make_folder(name);
            }
            if (!folder && errno == ENOENT && missing_ == MissingFolders::leave) {
                return leave_the_rest(name);
            }
            if (folder) {
                step_into(std::move(folder), name);
                return std::nullopt;
            }
            if (errno != ENOTDIR) return missing_or_unavailable(errno);
        }
        return look_at(name, is_last);
    }

    Step step_up(bool is_last) {
        if (folders_.size() == 1) return fail(Fault::forbidden, kLeavesProject);
        folders_.pop_back();
        names_.pop_back();
        return is_last ? Step(".") : Step(std::nullopt);
    }

    void step_into(Descriptor folder, const std::string& name) {
        folders_.push_back(std::move(folder));
        names_.push_back(name);
    }

    Step leave_the_rest(std::string name) {
        for (const auto& segment : todo_) {
            if (segment.empty() || segment == ".") continue;
            if (segment == "..") return fail(Fault::not_found, reason_of(ENOENT));
            name += '/';
            name += segment;
        }
        todo_.clear();
        return name;
    }

    /// `name` is the last segment, or in the way although it is no folder.
    Step look_at(const std::string& name, bool is_last) {
        const Descriptor found = open_inside(folders_.back(), name, 0);
        if (!found) {
            if (errno == ENOENT && is_last) return name;
            return missing_or_unavailable(errno);
        }
        struct stat seen {};
        if (::fstat(found.number(), &seen) != 0) return unavailable(errno);
        if (S_ISLNK(seen.st_mode)) return follow(found);
        if (is_last) return name;
        return missing_or_unavailable(ENOTDIR);
    }

    Step follow(const Descriptor& link) {
        if (++links_ > kMaxLinks) return unavailable(ELOOP);
        std::array<char, PATH_MAX> buffer{};
        const ssize_t length = ::readlinkat(link.number(), "", buffer.data(), buffer.size());
        if (length < 0) return unavailable(errno);
        std::string_view target(buffer.data(), static_cast<std::size_t>(length));
        if (target.starts_with('/')) {
            const auto inside = below_root(target);
            if (!inside) return fail(Fault::forbidden, kLeavesProject);
            folders_.resize(1);
            names_.clear();
            target = *inside;
        }
        put_in_front(target);
        return std::nullopt;
    }

    /// What an absolute path says after the root, under the root's name here or its real one.
    std::optional<std::string_view> below_root(std::string_view absolute) const {
        std::error_code ignored;
        for (const fs::path& name : {root_, fs::canonical(root_, ignored)}) {
            const std::string& prefix = name.native();
            if (prefix.empty() || !absolute.starts_with(prefix)) continue;
            const std::string_view rest = absolute.substr(prefix.size());
            if (rest.empty() || rest.front() == '/' || prefix.back() == '/') return rest;
        }
        return std::nullopt;
    }

    Step make_folder(const std::string& name) {
        if (::mkdirat(folders_.back().number(), name.c_str(), 0777) != 0 && errno != EEXIST) {
            return unavailable(errno);
        }
        grown_.push_back(duplicate(folders_.back()));
        Descriptor folder = open_inside(folders_.back(), name, O_DIRECTORY);
        if (!folder) return unavailable(errno);
        step_into(std::move(folder), name);
        return std::nullopt;
    }

    /// Nothing can lie below a file or under a name that is too long to exist.
    [[nodiscard]] tl::unexpected<Error> missing_or_unavailable(int error) const {
        const bool absent = error == ENOENT || error == ENOTDIR || error == ENAMETOOLONG;
        if (absent && missing_ != MissingFolders::make) {
            return fail(Fault::not_found, reason_of(error));
        }
        return unavailable(error);
    }

    fs::path root_;
    MissingFolders missing_;
    std::vector<Descriptor> folders_;  // from the root to where the walk stands
    std::vector<std::string> names_;   // of the folders after the root
    std::vector<Descriptor> grown_;
    std::deque<std::string> todo_;
    int links_ = 0;
};

}  // namespace

Result<Place> walk_to(const fs::path& root, std::string_view path, LastSegment last,
                      MissingFolders missing) {
    return Walk(root, missing).to(path, last);
}

int make_folders(const fs::path& folder, unsigned mode) {
    if (::mkdir(folder.c_str(), mode) != 0) {
        if (errno == EEXIST) return 0;
        if (errno != ENOENT || !folder.has_parent_path() || folder.parent_path() == folder) {
            return errno;
        }
        if (const int error = make_folders(folder.parent_path(), 0777); error != 0) return error;
        if (::mkdir(folder.c_str(), mode) != 0 && errno != EEXIST) return errno;
    }
    const fs::path above = folder.has_parent_path() ? folder.parent_path() : fs::path(".");
    const Descriptor parent(::open(above.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
    if (!parent) return errno;
    // What cannot be made durable is there all the same.
    (void)sync_folder(parent.number());
    return 0;
}

std::string reason_of(int error) { return std::generic_category().message(error); }

}  // namespace bm
