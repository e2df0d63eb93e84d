#include "sync/project_watch.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <exception>
#include <fstream>
#include <set>
#include <system_error>
#include <utility>

#include <sys/stat.h>

#include "markdown/names.hpp"
#include "sync/mount_guard.hpp"
#include "sync/retry_delay.hpp"
#include "sync/run_length.hpp"
#include "sync/watch_status.hpp"

namespace bm {

namespace fs = std::filesystem;

namespace {

using std::chrono::milliseconds;

// The kernel tells of the holder's end a moment before the lock is free.
constexpr std::array<milliseconds, 6> kElectionDelays{milliseconds(2),    milliseconds(10),
                                                      milliseconds(50),   milliseconds(250),
                                                      milliseconds(1000), milliseconds(5000)};
constexpr milliseconds kMissingVisit{10'000};
constexpr milliseconds kLastRetry{60'000};
constexpr int kLoggedFailures = 3;
// Watching again may take all watches that are left for a moment: not with every slow scan.
constexpr int kQuickTries = 5;
constexpr int kVisitsBetweenTries = 10;
constexpr std::array<std::string_view, 2> kIgnoreFiles = {".gitignore", ".bmignore"};
constexpr const char* kWatchLimitFile = "/proc/sys/fs/inotify/max_user_watches";

bool is_ignore_file(std::string_view path) {
    return std::find(kIgnoreFiles.begin(), kIgnoreFiles.end(), path) != kIgnoreFiles.end();
}

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

ProjectWatch::ProjectWatch(const Surroundings& surroundings, Project project, WatchId first_id)
    : at_(surroundings), project_(std::move(project)), first_id_(first_id) {}

ProjectWatch::~ProjectWatch() {
    if (long_run_) long_run_->stop();
    if (at_.events == nullptr) return;
    for (const WatchId id : {tree_id(), lock_id(), folder_id()}) at_.events->remove(id);
}

bool ProjectWatch::owns(WatchId id) const noexcept {
    return id.value >= first_id_.value && id.value < first_id_.value + kWatchIds;
}

void ProjectWatch::set_state(WatchState state) {
    if (state_ == state) return;
    state_ = state;
    if (at_.listener.state) at_.listener.state(project_, state);
}

void ProjectWatch::start(Time now) {
    const fs::path lock = watch_lock_of(at_.knowledge, project_);
    election_ = std::make_unique<Election>(lock);
    // First watched, then tried: the end of whoever holds it must not be missed.
    hears_of_end_ = at_.events != nullptr && at_.events->add_name(lock_id(), lock);
    stand_for_election(now);
    if (!election_->is_won() && !at_.knowledge.was_scanned(project_)) {
        pending_.put_back(SyncScope::whole_project(), now);
    }
}

void ProjectWatch::stand_for_election(Time now) {
    next_election_.reset();
    if (election_->try_win()) {
        if (at_.events != nullptr) at_.events->remove(lock_id());
        if (state_ == WatchState::waiting) {
            at_.knowledge.log()(LogLevel::info,
                                "this process watches " + project_.name.str() + " from now on");
        }
        begin_watching(now);
        return;
    }
    set_state(WatchState::waiting);
    if (!hears_of_end_) {
        next_election_ = now + at_.slow_scan;
    } else if (election_tries_ > 0 && election_tries_ <= kElectionDelays.size()) {
        next_election_ = now + kElectionDelays.at(election_tries_ - 1);
        ++election_tries_;
    }
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

/// A look at everything comes first when the folder is there again.
void ProjectWatch::forget_pending() {
    pending_.clear();
    hindered_.clear();
    after_long_run_ = {};
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

void ProjectWatch::recover(Time when) {
    if (!election_->is_won()) {
        // The end of whoever watches may have been among what was lost.
        election_tries_ = 1;
        next_election_ = when;
        return;
    }
    pending_.put_back(SyncScope::whole_project(), when);
    if (!hears_of_files_) next_visit_ = std::min(next_visit_.value_or(when), when);
}

void ProjectWatch::handle(const FileEvent& event, Time now) {
    if (event.watch == lock_id()) {
        if (event.kind == FileEvent::Kind::uncovered) hears_of_end_ = false;
        election_tries_ = 1;
        next_election_ = now;
        return;
    }
    if (event.watch == folder_id()) {
        if (event.kind == FileEvent::Kind::uncovered) hears_of_root_ = false;
        return check_root(now);
    }
    switch (event.kind) {
        case FileEvent::Kind::changed:
            if (is_ignore_file(event.path)) return renew_rules(now);
            return pending_.changed(event.path, now);
        case FileEvent::Kind::growing:
            return pending_.growing(event.path, now);
        case FileEvent::Kind::tree_changed:
        case FileEvent::Kind::lost:
            return pending_.changed(event.path, now);
        case FileEvent::Kind::root_gone:
            return begin_watching(now);
        case FileEvent::Kind::uncovered:
            hears_of_files_ = false;
            pending_.changed("", now);
            return scan_slowly(now, "the limit of watched folders or of open files is reached");
    }
}

std::optional<ProjectWatch::Time> ProjectWatch::index_due() const {
    const auto changes = pending_.due();
    const auto hindered = hindered_.due();
    if (changes && hindered) return std::min(*changes, *hindered);
    return changes ? changes : hindered;
}

std::optional<ProjectWatch::Time> ProjectWatch::due() const {
    if (long_run_ && long_run_->is_done()) return Time();
    std::optional<Time> due = index_due();
    for (const auto& each : {next_election_, next_visit_}) {
        if (each) due = std::min(due.value_or(*each), *each);
    }
    return due;
}

void ProjectWatch::act(Time now, const std::stop_token& stop) {
    if (long_run_ && long_run_->is_done()) {
        if (!after_long_run_.is_empty()) pending_.put_back(std::exchange(after_long_run_, {}), now);
        finish(*std::exchange(long_run_, nullptr), now);
    }
    if (next_election_ && *next_election_ <= now) stand_for_election(now);
    if (next_visit_ && *next_visit_ <= now) visit_again(now);
    const auto due = index_due();
    if (due && *due <= now && !stop.stop_requested()) index_pending(now, stop);
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

void ProjectWatch::index_pending(Time now, const std::stop_token& stop) {
    SyncScope scope = pending_.take(now);
    scope.add(hindered_.take(now));
    bool was_scanned = false;
    bool is_long = true;
    try {
        if (!know_current_row()) return;
        was_scanned = at_.knowledge.was_scanned(project_);
        is_long = !is_short_run(at_.knowledge, project_, scope);
    } catch (const std::exception& problem) {
        return try_later(scope, problem.what());
    }
    const bool is_beside_another = long_run_ && long_run_->has_begun();
    if (is_long && long_run_) {
        // What is over everything and has not begun will see this, too.
        if (is_beside_another || !long_run_->scope().is_whole_project()) after_long_run_.add(scope);
        return;
    }
    auto run = std::make_shared<IndexRun>(
        at_.knowledge, project_, scope,
        is_beside_another ? IndexRun::Company::beside_another : IndexRun::Company::alone);
    if (is_long) {
        long_run_ = run;
        return at_.runs.add(std::move(run), was_scanned);
    }
    // A save is put through between two transactions of the long run, which may have read the file
    // before and store it afterwards: it is looked at again.
    if (is_beside_another) after_long_run_.add(scope);
    const std::stop_callback on_stop(stop, [&run] { run->stop(); });
    run->perform();
    finish(*run, now);
}

/// The row may be another one by now: the project was renamed, or the index was replaced.
bool ProjectWatch::know_current_row() {
    const auto projects = at_.knowledge.projects();
    const auto current = std::find_if(projects.begin(), projects.end(), [this](const auto& each) {
        return each.name == project_.name && each.path == project_.path;
    });
    if (current == projects.end()) return false;
    project_ = *current;
    return true;
}

void ProjectWatch::finish(const IndexRun& run, Time now) {
    if (!run.outcome()) return try_later(run.scope(), run.problem());
    const auto& report = *run.outcome();
    // It was removed meanwhile. If it is there again it has another row.
    if (!report && report.error().fault == Fault::not_found) {
        return pending_.put_back(run.scope(), now);
    }
    if (!report && !election_->is_won()) {
        at_.knowledge.log()(LogLevel::warning, report.error().message);
        return;
    }
    // Nothing tells of a folder that took the place of another while somebody held that open, if
    // its name cannot be watched.
    if (election_->is_won() && root_at(project_.path) != root_) return begin_watching(now);
    if (!report) {
        if (root_ && !keeps_unmounted()) try_later(run.scope(), report.error().message);
        return;
    }
    failures_ = 0;
    look_again_at(run.scope(), *report);
    if (election_->is_won() && state_ == WatchState::missing) {
        // What was put off while it was empty.
        if (!run.scope().is_whole_project()) pending_.changed("", now);
        set_state(state_with_files_);
    }
    if (at_.listener.indexed) at_.listener.indexed(project_, *report);
}

/// What the machine would not let us read: no event tells when it will.
void ProjectWatch::look_again_at(const SyncScope& looked_at, const SyncReport& report) {
    std::set<std::string> hindered;
    for (const auto* files : {&report.failed, &report.skipped}) {
        for (const auto& file : *files) {
            if (file.may_pass) hindered.insert(file.path);
        }
    }
    for (const auto& folder : report.unreadable_folders) {
        hindered.insert(folder.substr(0, folder.empty() ? 0 : folder.size() - 1));
    }
    for (const auto* paths : {&report.left_alone, &report.unseen}) {
        hindered.insert(paths->begin(), paths->end());
    }
    hindered_.update(looked_at, std::move(hindered), std::chrono::steady_clock::now());
}

void ProjectWatch::try_later(const SyncScope& scope, const std::string& problem) {
    // One project must not keep the others from being indexed.
    if (failures_ < kLoggedFailures) {
        at_.knowledge.log()(LogLevel::error, "indexing " + project_.name.str() +
                                                 " in the background stopped: " + problem);
    }
    if (at_.listener.failed) at_.listener.failed(project_, problem);
    const auto delay = std::min(retry_delay(failures_), kLastRetry);
    ++failures_;
    pending_.put_back(scope, std::chrono::steady_clock::now() + delay);
}

}  // namespace bm
