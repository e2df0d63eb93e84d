#include "sync/project_watch.hpp"

#include <algorithm>
#include <array>
#include <exception>
#include <fstream>
#include <system_error>
#include <utility>

#include <sys/stat.h>

#ifdef __GLIBC__
#include <malloc.h>
#endif

namespace bm {

namespace fs = std::filesystem;

namespace {

using std::chrono::milliseconds;

// The kernel tells of the holder's end a moment before the lock is free.
constexpr std::array<milliseconds, 6> kElectionDelays{milliseconds(2),    milliseconds(10),
                                                      milliseconds(50),   milliseconds(250),
                                                      milliseconds(1000), milliseconds(5000)};
constexpr milliseconds kMissingVisit{10'000};
constexpr milliseconds kFirstRetry{2'000};
constexpr milliseconds kLastRetry{60'000};
constexpr int kLoggedFailures = 3;
constexpr std::size_t kManyChanges = 100;
constexpr const char* kIgnoreFile = ".gitignore";
constexpr const char* kWatchLimitFile = "/proc/sys/fs/inotify/max_user_watches";

std::string watch_limit() {
    std::string limit;
    std::getline(std::ifstream(kWatchLimitFile), limit);
    return limit;
}

/// One file for each folder that is watched, whatever the project is called.
fs::path lock_file_of(const KnowledgeBase& knowledge, const Project& project) {
    constexpr std::size_t kNameDigits = 16;
    const std::string name = checksum_of(project.path.string()).hex().substr(0, kNameDigits);
    // In a folder of their own: in the one above somebody closes lock files all the time.
    return knowledge.directory().locks() / "watch" / (name + ".lock");
}

std::optional<std::uint64_t> device_of(const fs::path& folder) {
    struct stat status {};
    if (::stat(folder.c_str(), &status) != 0) return std::nullopt;
    return static_cast<std::uint64_t>(status.st_dev);
}

/// A scan leaves free memory behind that the allocator would keep for a server that idles.
void give_memory_back(KnowledgeBase& knowledge) {
    knowledge.index().release_memory();
#ifdef __GLIBC__
    malloc_trim(0);
#endif
}

bool is_large(const SyncReport& report) {
    return report.added.size() + report.modified.size() + report.deleted.size() +
               report.moved.size() >
           kManyChanges;
}

}  // namespace

ProjectWatch::ProjectWatch(const Surroundings& surroundings, Project project, WatchId first_id)
    : at_(surroundings), project_(std::move(project)), first_id_(first_id) {}

ProjectWatch::~ProjectWatch() {
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
    pending_.put_back(SyncScope::whole_project(), now);
    const fs::path lock = lock_file_of(at_.knowledge, project_);
    election_ = std::make_unique<Election>(lock);
    // First watched, then tried: the end of whoever holds it must not be missed.
    hears_of_end_ = at_.events != nullptr && at_.events->add_name(lock_id(), lock);
    stand_for_election(now);
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

Coverage ProjectWatch::watch_folder() {
    std::error_code ignored;
    const auto device = device_of(project_.path);
    // The folder where a disk was mounted is there without the disk, too.
    if (device_ && device != device_ && fs::is_empty(project_.path, ignored))
        return Coverage::missing;
    const auto rules = std::make_shared<const IgnoreRules>(at_.knowledge.ignore_rules(project_));
    const auto ignores = [rules](std::string_view path, bool is_folder) {
        if (path == kIgnoreFile) return false;
        return is_folder ? rules->ignores_folder(path) : rules->ignores(path);
    };
    const Coverage coverage = at_.events->add_root(tree_id(), project_.path, ignores);
    if (coverage != Coverage::missing) device_ = device;
    return coverage;
}

void ProjectWatch::begin_watching(Time now) {
    if (at_.events == nullptr) {
        if (!device_of(project_.path)) return wait_for_folder(now + kMissingVisit);
        scan_slowly(now, "the system gives no inotify instance");
    } else {
        Coverage coverage = watch_folder();
        if (coverage == Coverage::missing) {
            // It may come while we turn to its name.
            at_.events->add_name(folder_id(), project_.path);
            coverage = watch_folder();
        }
        if (coverage == Coverage::missing) return wait_for_folder(now + kMissingVisit);
        at_.events->remove(folder_id());
        if (coverage == Coverage::none_left) {
            scan_slowly(now, "the limit of watched folders is reached");
        } else {
            watch_limit_.clear();
            next_visit_.reset();
            if (coverage == Coverage::local) next_visit_ = now + at_.slow_scan;
            set_state(coverage == Coverage::local ? WatchState::scanning : WatchState::watching);
        }
    }
    pending_.put_back(SyncScope::whole_project(), now);
}

void ProjectWatch::scan_slowly(Time now, const char* why) {
    watch_limit_ = watch_limit();
    next_visit_ = now + at_.slow_scan;
    if (state_ == WatchState::scanning) return;
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(at_.slow_scan).count();
    at_.knowledge.log()(LogLevel::warning, "cannot watch " + project_.name.str() + ": " + why +
                                               ". It is scanned every " + std::to_string(seconds) +
                                               " s instead. To raise the limit: sudo sysctl "
                                               "fs.inotify.max_user_watches=1048576 "
                                               "fs.inotify.max_user_instances=1024");
    set_state(WatchState::scanning);
}

void ProjectWatch::wait_for_folder(Time next_visit) {
    pending_.clear();
    next_visit_ = next_visit;
    if (state_ == WatchState::missing) return;
    at_.knowledge.log()(LogLevel::warning,
                        "Cannot read the project folder " + project_.path.string() + " of " +
                            project_.name.str() + "; its notes stay in the index");
    set_state(WatchState::missing);
}

void ProjectWatch::renew_rules(Time now) {
    if (state_ == WatchState::missing) return;
    pending_.changed("", now);
    if (state_ == WatchState::watching) begin_watching(now);
}

void ProjectWatch::handle(const FileEvent& event, Time now) {
    if (event.watch == lock_id()) {
        election_tries_ = 1;
        next_election_ = now;
        return;
    }
    if (event.watch == folder_id()) {
        if (state_ == WatchState::missing) next_visit_ = now;
        return;
    }
    switch (event.kind) {
        case FileEvent::Kind::changed:
            if (event.path == kIgnoreFile) return renew_rules(now);
            return pending_.changed(event.path, now);
        case FileEvent::Kind::growing:
            return pending_.growing(event.path, now);
        case FileEvent::Kind::tree_changed:
        case FileEvent::Kind::lost:
            return pending_.changed(event.path, now);
        case FileEvent::Kind::root_gone:
            return begin_watching(now);
        case FileEvent::Kind::uncovered:
            pending_.changed("", now);
            return scan_slowly(now, "the limit of watched folders is reached");
    }
}

std::optional<ProjectWatch::Time> ProjectWatch::due() const {
    std::optional<Time> due = pending_.due();
    for (const auto& each : {next_election_, next_visit_}) {
        if (each) due = std::min(due.value_or(*each), *each);
    }
    return due;
}

void ProjectWatch::act(Time now, const std::stop_token& stop) {
    if (next_election_ && *next_election_ <= now) stand_for_election(now);
    if (next_visit_ && *next_visit_ <= now) visit_again(now);
    const auto due = pending_.due();
    if (due && *due <= now && !stop.stop_requested()) index_pending(now, stop);
}

void ProjectWatch::visit_again(Time now) {
    next_visit_ = now + at_.slow_scan;
    const bool may_watch_now =
        at_.events != nullptr && !watch_limit_.empty() && watch_limit_ != watch_limit();
    if (state_ == WatchState::missing || may_watch_now) return begin_watching(now);
    pending_.changed("", now);
}

void ProjectWatch::index_pending(Time now, const std::stop_token& stop) {
    const SyncScope scope = pending_.take(now);
    try {
        index_scope(scope, now, stop);
        failures_ = 0;
    } catch (const std::exception& problem) {
        // One project must not keep the others from being indexed.
        if (failures_ < kLoggedFailures) {
            at_.knowledge.log()(LogLevel::error,
                                "indexing " + project_.name.str() +
                                    " in the background stopped: " + problem.what());
        }
        const auto delay = std::min(kFirstRetry * (1 << std::min(failures_, 5)), kLastRetry);
        ++failures_;
        pending_.put_back(scope, std::chrono::steady_clock::now() + delay);
    }
}

void ProjectWatch::index_scope(const SyncScope& scope, Time now, const std::stop_token& stop) {
    // The row may be another one by now: the project was renamed, or the index was replaced.
    const auto projects = at_.knowledge.projects();
    const auto current = std::find_if(projects.begin(), projects.end(), [this](const auto& each) {
        return each.name == project_.name && each.path == project_.path;
    });
    if (current == projects.end()) return;
    project_ = *current;
    SyncOptions options;
    options.background = true;
    options.stop = stop;
    options.scope = scope;
    const auto report = reconcile_project(at_.knowledge, project_, options);
    if (!report) {
        if (election_->is_won()) return wait_for_folder(now + kFirstRetry);
        at_.knowledge.log()(LogLevel::warning, report.error().message);
        return;
    }
    if (at_.listener.indexed) at_.listener.indexed(project_, *report);
    if (scope.is_whole_project() || is_large(*report)) give_memory_back(at_.knowledge);
}

}  // namespace bm
