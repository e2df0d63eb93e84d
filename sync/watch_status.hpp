#pragma once

#include <chrono>
#include <filesystem>
#include <map>
#include <optional>
#include <string>

#include "repository/watch_status_file.hpp"
#include "sync/watch_listener.hpp"

namespace bm {

/// The post of whoever watches a project.
std::filesystem::path watch_lock_of(const KnowledgeBase& knowledge, const Project& project);

/// Who watches a project now, in whichever process; none when nobody does.
std::optional<WatchingProcess> who_watches(const KnowledgeBase& knowledge, const Project& project);

/// Keeps `watch-status.json` up to date about the projects that this process watches: after
/// something has happened, at once or a second after the last time. A process that only waits
/// writes nothing. One thread.
class WatchStatusKeeper {
public:
    using Time = std::chrono::steady_clock::time_point;

    explicit WatchStatusKeeper(KnowledgeBase& knowledge);

    void state(const Project& project, WatchState state);
    void indexed(const Project& project, const SyncReport& report);
    void failed(const Project& project);
    /// This process does not watch it any more.
    void dropped(const Project& project);

    /// When save() has something to write.
    [[nodiscard]] std::optional<Time> due() const noexcept { return due_; }
    void save_if_due(Time now);
    /// Says that this process watches no more, if it did.
    void end();

private:
    WatchStatus* watched(const Project& project);
    void happened();
    void add_changes(WatchStatus& status, const SyncReport& report);
    void save(Time now);

    KnowledgeBase& knowledge_;
    const Timestamp started_;
    std::map<std::string, WatchStatus> watched_;  ///< by the names of projects
    WatchStatusUpdate ended_;                     ///< what is still to be said of others
    std::optional<Time> last_saved_;
    std::optional<Time> due_;
    bool was_refused_ = false;  ///< said once
};

}  // namespace bm
