#include "sync/watch_status.hpp"

#include <algorithm>
#include <utility>

#include <unistd.h>

namespace bm {

namespace {

constexpr std::chrono::seconds kBetweenSaves{1};

std::optional<Checksum> checksum_in(const SyncReport& report, const std::string& path) {
    const auto known = report.checksums.find(path);
    if (known == report.checksums.end()) return std::nullopt;
    return known->second;
}

}  // namespace

WatchStatusKeeper::WatchStatusKeeper(KnowledgeBase& knowledge) : knowledge_(knowledge) {
    status_.started = knowledge.now();
    status_.process = ::getpid();
}

void WatchStatusKeeper::happened() {
    if (watched_.empty() && !status_.is_running) return;
    const Time now = std::chrono::steady_clock::now();
    if (!due_) due_ = last_saved_ ? std::max(now, *last_saved_ + kBetweenSaves) : now;
}

void WatchStatusKeeper::state(const Project& project, WatchState state) {
    if (state == WatchState::waiting) return;
    if (watched_.insert(project.name.str()).second) happened();
}

void WatchStatusKeeper::dropped(const Project& project) {
    if (watched_.erase(project.name.str()) > 0) happened();
}

void WatchStatusKeeper::add(WatchedChange change) {
    if (change.error) {
        ++status_.errors;
        status_.last_error = change.at;
    } else {
        ++status_.synced_files;
    }
    status_.changes.push_front(std::move(change));
    if (status_.changes.size() > WatchStatus::kMostChanges) status_.changes.pop_back();
}

void WatchStatusKeeper::add_changes(const SyncReport& report) {
    using Action = WatchedChange::Action;
    const Timestamp now = knowledge_.now();
    for (const auto& [from, to] : report.moved)
        add({now, from + " -> " + to, Action::moved, std::nullopt, std::nullopt});
    for (const auto& path : report.deleted)
        add({now, path, Action::deleted, std::nullopt, std::nullopt});
    for (const auto& path : report.added)
        add({now, path, Action::added, checksum_in(report, path), std::nullopt});
    for (const auto& path : report.modified)
        add({now, path, Action::modified, checksum_in(report, path), std::nullopt});
    for (const auto& file : report.failed)
        add({now, file.path, Action::modified, std::nullopt, file.reason});
}

void WatchStatusKeeper::indexed(const Project& project, const SyncReport& report) {
    if (!watched_.contains(project.name.str())) return;
    // What this program wrote itself comes back as a run that finds nothing.
    if (report.is_clean() && report.failed.empty() && status_.last_scan) return;
    status_.last_scan = knowledge_.now();
    add_changes(report);
    happened();
}

void WatchStatusKeeper::failed(const Project& project) {
    if (!watched_.contains(project.name.str())) return;
    ++status_.errors;
    status_.last_error = knowledge_.now();
    happened();
}

void WatchStatusKeeper::save_if_due(Time now) {
    if (due_ && *due_ <= now) save(now);
}

void WatchStatusKeeper::end() {
    watched_.clear();
    if (status_.is_running) save(std::chrono::steady_clock::now());
}

void WatchStatusKeeper::save(Time now) {
    due_.reset();
    last_saved_ = now;
    status_.is_running = !watched_.empty();
    const auto saved = save_watch_status(knowledge_.directory().watch_status(), status_);
    if (!saved && !std::exchange(was_refused_, true)) {
        knowledge_.log()(LogLevel::warning, "cannot write " +
                                                knowledge_.directory().watch_status().string() +
                                                ": " + saved.error().message);
    }
}

}  // namespace bm
