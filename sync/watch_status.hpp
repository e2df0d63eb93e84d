#pragma once

#include <chrono>
#include <optional>
#include <set>
#include <string>

#include "repository/watch_status_file.hpp"
#include "sync/watch_listener.hpp"

namespace bm {

/// Keeps `watch-status.json` up to date while this process watches something: after something has
/// happened, at once or a second after the last time. A process that only waits writes nothing. One
/// thread.
class WatchStatusKeeper {
public:
    using Time = std::chrono::steady_clock::time_point;

    explicit WatchStatusKeeper(KnowledgeBase& knowledge);

    void state(const Project& project, WatchState state);
    void indexed(const Project& project, const SyncReport& report);
    void failed(const Project& project);
    /// Nobody watches it any more.
    void dropped(const Project& project);

    /// When save() has something to write.
    [[nodiscard]] std::optional<Time> due() const noexcept { return due_; }
    void save_if_due(Time now);
    /// Says that nobody watches any more, if this process did.
    void end();

private:
    void happened();
    void add(WatchedChange change);
    void add_changes(const SyncReport& report);
    void save(Time now);

    KnowledgeBase& knowledge_;
    WatchStatus status_;
    std::set<std::string> watched_;  ///< names of projects
    std::optional<Time> last_saved_;
    std::optional<Time> due_;
    bool was_refused_ = false;  ///< said once
};

}  // namespace bm
