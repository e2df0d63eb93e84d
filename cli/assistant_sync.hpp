#pragma once

#include <functional>
#include <map>
#include <mutex>
#include <string>

#include "cli/sync_session.hpp"
#include "repository/clock.hpp"
#include "repository/config_file.hpp"
#include "repository/log.hpp"
#include "tools/cloud_sync.hpp"

namespace bm {

/// Syncing for an assistant: nobody is at a terminal, so nothing is forced and nothing is begun
/// that only a person may begin, and each run needs a look at what it would do within the last
/// quarter of an hour. Thread-safe.
class AssistantSync final : public CloudSync {
public:
    struct Parts {
        std::function<CloudResult<SyncSession>()> open;
        Clock clock;
        Log log;
        MountLister mounts;
    };
    explicit AssistantSync(Parts parts) : parts_(std::move(parts)) {}

    [[nodiscard]] CloudSyncAnswer status(const std::string& project) override;
    [[nodiscard]] CloudSyncAnswer sync(const CallContext& call, const std::string& project,
                                       bool dry_run) override;

private:
    [[nodiscard]] CloudSyncAnswer run(const CallContext& call, const std::string& project,
                                      bool dry_run);
    [[nodiscard]] SyncContext context_of(SyncSession& session) const;
    /// Whether somebody has lately looked at what a run would do; the next run needs another look.
    [[nodiscard]] bool take_look(const std::string& project);

    Parts parts_;
    std::mutex mutex_;
    std::map<std::string, Timestamp> looks_;  ///< by project
};

/// Whether this machine has the keys of a cloud and is meant to use it.
[[nodiscard]] bool is_cloud_set_up(const DataDirectory& directory, const Environment& environment);

}  // namespace bm
