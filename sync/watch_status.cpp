#include "sync/watch_status.hpp"

#include <algorithm>
#include <utility>

#include <unistd.h>

#include "repository/election.hpp"

namespace bm {

namespace {

constexpr std::chrono::seconds kBetweenSaves{1};

std::optional<Checksum> checksum_in(const SyncReport& report, const std::string& path) {
    const auto known = report.checksums.find(path);
    if (known == report.checksums.end()) return std::nullopt;
    return known->second;
}

void add(WatchStatus& status, WatchedChange change) {
    if (change.error) {
        ++status.errors;
        status.last_error = change.at;
    } else {
        ++status.synced_files;
    }
    status.changes.push_front(std::move(change));
    if (status.changes.size() > WatchStatus::kMostChanges) status.changes.pop_back();
}

}  // namespace

std::filesystem::path watch_lock_of(const KnowledgeBase& knowledge, const Project& project) {
    // One for each project, since two names may have one path.
    constexpr std::size_t kNameDigits = 16;
    const std::string both = project.name.str() + '\0' + project.path.string();
    const std::string name = checksum_of(both).hex().substr(0, kNameDigits);
    // In a folder of their own: in the one above somebody closes lock files all the time.
    return knowledge.directory().locks() / "watch" / (name + ".lock");
}

std::optional<WatchingProcess> who_watches(const KnowledgeBase& knowledge, const Project& project) {
    if (!Election::is_held(watch_lock_of(knowledge, project))) return std::nullopt;
    return read_watching_process(knowledge.directory().watch_status(), project.name.str())
        .value_or(WatchingProcess{});
}

WatchStatusKeeper::WatchStatusKeeper(KnowledgeBase& knowledge)
    : knowledge_(knowledge), started_(knowledge.now()) {}

WatchStatus* WatchStatusKeeper::watched(const Project& project) {
    const auto found = watched_.find(project.name.str());
    return found == watched_.end() ? nullptr : &found->second;
}

void WatchStatusKeeper::happened() {
    const Time now = std::chrono::steady_clock::now();
    if (!due_) due_ = last_saved_ ? std::max(now, *last_saved_ + kBetweenSaves) : now;
}

void WatchStatusKeeper::state(const Project& project, WatchState state) {
    if (state == WatchState::waiting) return;
    const std::string& name = project.name.str();
    const auto [status, is_new] = watched_.try_emplace(name);
    if (!is_new) return;
    status->second.is_running = true;
    status->second.started = started_;
    status->second.process = ::getpid();
    ended_.erase(name);
    happened();
}

void WatchStatusKeeper::dropped(const Project& project) {
    auto node = watched_.extract(project.name.str());
    if (node.empty()) return;
    node.mapped().is_running = false;
    const auto* configured = find_configured(*knowledge_.config(), node.key());
    const bool is_there = configured != nullptr && configured->name == node.key();
    ended_[node.key()] = is_there ? std::optional(std::move(node.mapped())) : std::nullopt;
    happened();
}

void WatchStatusKeeper::add_changes(WatchStatus& status, const SyncReport& report) {
    using Action = WatchedChange::Action;
    const Timestamp now = knowledge_.now();
    for (const auto& [from, to] : report.moved)
        add(status, {now, from + " -> " + to, Action::moved, std::nullopt, std::nullopt});
    for (const auto& path : report.deleted)
        add(status, {now, path, Action::deleted, std::nullopt, std::nullopt});
    for (const auto& path : report.added)
        add(status, {now, path, Action::added, checksum_in(report, path), std::nullopt});
    for (const auto& path : report.modified)
        add(status, {now, path, Action::modified, checksum_in(report, path), std::nullopt});
    for (const auto& file : report.failed)
        add(status, {now, file.path, Action::modified, std::nullopt, file.reason});
}

void WatchStatusKeeper::indexed(const Project& project, const SyncReport& report) {
    WatchStatus* status = watched(project);
    if (status == nullptr) return;
    // What this program wrote itself comes back as a run that finds nothing.
    if (report.is_clean() && report.failed.empty() && status->last_scan) return;
    status->last_scan = knowledge_.now();
    add_changes(*status, report);
    happened();
}

void WatchStatusKeeper::failed(const Project& project) {
    WatchStatus* status = watched(project);
    if (status == nullptr) return;
    ++status->errors;
    status->last_error = knowledge_.now();
    happened();
}

void WatchStatusKeeper::save_if_due(Time now) {
    if (due_ && *due_ <= now) save(now);
}

void WatchStatusKeeper::end() {
    for (auto& [name, status] : watched_) {
        status.is_running = false;
        ended_[name] = std::move(status);
    }
    watched_.clear();
    if (!ended_.empty()) save(std::chrono::steady_clock::now());
}

void WatchStatusKeeper::save(Time now) {
    due_.reset();
    last_saved_ = now;
    WatchStatusUpdate update = ended_;
    update.insert(watched_.begin(), watched_.end());
    const auto& directory = knowledge_.directory();
    const auto saved = save_watch_status(directory.watch_status(),
                                         directory.locks() / "watch-status.lock", update);
    if (saved) ended_.clear();
    if (!saved && !std::exchange(was_refused_, true)) {
        knowledge_.log()(LogLevel::warning, "cannot write " + directory.watch_status().string() +
                                                ": " + saved.error().message);
    }
}

}  // namespace bm
