#include <algorithm>
#include <array>
#include <cerrno>
#include <fstream>
#include <string>
#include <string_view>
#include <utility>

#include <sys/stat.h>

#include "markdown/names.hpp"
#include "sync/mount_guard.hpp"
#include "sync/project_watch.hpp"
#include "sync/retry_delay.hpp"

// How a ProjectWatch keeps hold of the folder of its project, which may lead elsewhere, go away or
// be too large to be watched.

namespace bm {

namespace fs = std::filesystem;

namespace {

using std::chrono::milliseconds;

constexpr milliseconds kMissingVisit{10'000};
// Watching again may take all watches that are left for a moment: not with every slow scan.
constexpr int kQuickTries = 5;
constexpr int kVisitsBetweenTries = 10;
constexpr std::array<std::string_view, 2> kIgnoreFiles = {".gitignore", ".bmignore"};
constexpr const char* kWatchLimitFile = "/proc/sys/fs/inotify/max_user_watches";

std::string watch_limit() {
    std::string limit;
    std::getline(std::ifstream(kWatchLimitFile), limit);
    return limit;
}

/// Not so where there is nothing, or a file: then there is an event when that changes. Of a disk or
/// a permission that is in the way nothing tells.
bool may_be_folder(const fs::path& path) {
    struct stat status {};
    if (::stat(path.c_str(), &status) == 0) return S_ISDIR(status.st_mode);
    return errno != ENOENT && errno != ENOTDIR;
}

}  // namespace

std::optional<ProjectWatch::Root> ProjectWatch::root_at(const fs::path& path) {
    struct stat status {};
    if (::stat(path.c_str(), &status) != 0 || !S_ISDIR(status.st_mode)) return std::nullopt;
    return Root{static_cast<std::uint64_t>(status.st_dev),
                static_cast<std::uint64_t>(status.st_ino)};
}

bool ProjectWatch::is_ignore_file(std::string_view path) {
    return std::find(kIgnoreFiles.begin(), kIgnoreFiles.end(), path) != kIgnoreFiles.end();
}

Coverage ProjectWatch::watch_tree() {
    const auto rules = std::make_shared<const IgnoreRules>(at_.knowledge.ignore_rules(project_));
    inner_projects_ = rules->inner_projects();
    const auto ignores = [rules](std::string_view path, bool is_folder) {
        if (is_ignore_file(path)) return false;
        // While nobody knows the rules nothing is indexed, and what they may let in is watched.
        if (rules->unknown_because()) return file_name(path).starts_with('.');
        return is_folder ? rules->ignores_folder(path) : rules->ignores(path);
    };
    return at_.events->add_root(tree_id(), project_.path, ignores);
}

void ProjectWatch::begin_watching(Time now) {
    hears_of_files_ = false;
    if (at_.events != nullptr && !hears_of_root_) {
        hears_of_root_ = at_.events->add_name(folder_id(), project_.path);
    }
    // Looked at before it is watched: what comes in between differs from it later.
    root_ = root_at(project_.path);
    devices_ = mounted_devices(project_.path);
    if (!root_) return wait_for_folder(now);
    pending_.put_back(SyncScope::whole_project(), now);
    if (at_.events == nullptr) return scan_slowly(now, "the system gives no inotify instance");
    begin_with(watch_tree(), now);
}

/// Somebody else watches now, and looks at everything first.
void ProjectWatch::end_watching() {
    forget_pending();
    next_visit_.reset();
    root_.reset();
    hears_of_root_ = false;
    hears_of_files_ = false;
    if (at_.events == nullptr) return;
    for (const WatchId id : {tree_id(), folder_id()}) at_.events->remove(id);
}

void ProjectWatch::begin_with(Coverage coverage, Time now) {
    if (coverage == Coverage::missing) return wait_for_folder(now);
    if (coverage == Coverage::none_left) {
        return scan_slowly(now, "the limit of watched folders or of open files is reached");
    }
    hears_of_files_ = true;
    watch_limit_.clear();
    uncovered_visits_ = 0;
    next_visit_.reset();
    state_with_files_ = coverage == Coverage::local ? WatchState::scanning : WatchState::watching;
    if (coverage == Coverage::local) {
        next_visit_ = now + at_.slow_scan;
        if (state_ != WatchState::scanning) {
            at_.knowledge.log()(
                LogLevel::info,
                "what other machines change in " + project_.path.string() + " of " +
                    project_.name.str() +
                    " is not told by that kind of file system; it is scanned now and then besides");
        }
    }
    if (!keeps_unmounted()) set_state(state_with_files_);
}

/// True for a root whose disk is not mounted. Nothing is done about it before the next event below
/// it, or the next mount.
bool ProjectWatch::keeps_unmounted() {
    std::vector<std::string> ignored;
    const auto mounted = MountGuard(at_.knowledge, project_).check(ignored);
    if (mounted) return false;
    if (state_ != WatchState::missing) {
        at_.knowledge.log()(LogLevel::warning, mounted.error().message);
    }
    forget_pending();
    set_state(WatchState::missing);
    return true;
}

void ProjectWatch::check_root(Time now) {
    if (!election_->is_won()) return;
    const bool is_awaited = state_ == WatchState::missing && !hears_of_files_;
    if (is_awaited || root_at(project_.path) != root_) begin_watching(now);
}

void ProjectWatch::mounts_changed(Time now) {
    check_root(now);
    if (election_->is_won() && root_ && mounted_devices(project_.path) != devices_)
        begin_watching(now);
}

void ProjectWatch::scan_slowly(Time now, const char* why) {
    watch_limit_ = watch_limit();
    // It may be over in a moment: another program gives files or watches back.
    next_visit_ = now + std::min(at_.slow_scan, retry_delay(uncovered_visits_));
    ++uncovered_visits_;
    state_with_files_ = WatchState::scanning;
    if (state_ == WatchState::scanning) return;
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(at_.slow_scan).count();
    at_.knowledge.log()(LogLevel::warning, "cannot watch " + project_.name.str() + ": " + why +
                                               ". It is scanned every " + std::to_string(seconds) +
                                               " s instead. To raise the limit: sudo sysctl "
                                               "fs.inotify.max_user_watches=1048576 "
                                               "fs.inotify.max_user_instances=1024");
    set_state(WatchState::scanning);
}

void ProjectWatch::wait_for_folder(Time now) {
    forget_pending();
    next_visit_.reset();
    if (!hears_of_root_ || may_be_folder(project_.path)) {
        next_visit_ = now + std::min(kMissingVisit, at_.slow_scan);
    }
    if (state_ == WatchState::missing) return;
    at_.knowledge.log()(LogLevel::warning,
                        "Cannot read the project folder " + project_.path.string() + " of " +
                            project_.name.str() + "; its notes stay in the index");
    set_state(WatchState::missing);
}

void ProjectWatch::renew_rules(Time now) {
    if (state_ == WatchState::waiting) return;
    if (hears_of_files_) return begin_watching(now);
    if (state_ != WatchState::missing) pending_.changed("", now);
}

void ProjectWatch::agree_with_neighbours(Time now) {
    if (hears_of_files_ && at_.knowledge.inner_projects(project_.path) != inner_projects_)
        renew_rules(now);
}

void ProjectWatch::visit_again(Time now) {
    next_visit_ = now + at_.slow_scan;
    const bool is_there = root_ && root_at(project_.path) == root_;
    const bool is_time_to_try = uncovered_visits_ <= kQuickTries ||
                                ++uncovered_visits_ % kVisitsBetweenTries == 0 ||
                                watch_limit_ != watch_limit();
    const bool can_hear_more = at_.events != nullptr && !hears_of_files_;
    const bool begins = can_hear_more && (state_ != WatchState::scanning || is_time_to_try);
    if (begins || !is_there) return begin_watching(now);
    pending_.changed("", now);
}

}  // namespace bm
