#include "sync/project_watch.hpp"

#include <algorithm>
#include <array>
#include <exception>
#include <set>
#include <utility>

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
constexpr milliseconds kLastRetry{60'000};
constexpr int kLoggedFailures = 3;

}  // namespace

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
    const bool was_won = election_->is_won();
    if (election_->try_win()) {
        if (was_won) return;
        if (state_ == WatchState::waiting) {
            at_.knowledge.log()(LogLevel::info,
                                "this process watches " + project_.name.str() + " from now on");
        }
        begin_watching(now);
        return;
    }
    if (was_won) end_watching();
    set_state(WatchState::waiting);
    if (!hears_of_end_) {
        next_election_ = now + at_.slow_scan;
    } else if (election_tries_ > 0 && election_tries_ <= kElectionDelays.size()) {
        next_election_ = now + kElectionDelays.at(election_tries_ - 1);
        ++election_tries_;
    }
}

/// A look at everything comes first when the folder is there again.
void ProjectWatch::forget_pending() {
    pending_.clear();
    hindered_.clear();
    after_long_run_ = {};
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
