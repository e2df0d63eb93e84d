#pragma once

#include <optional>
#include <string>
#include <vector>

#include "repository/mount_table.hpp"
#include "sync/knowledge_base.hpp"

namespace bm {

/// The folder where a disk is mounted is there without the disk, too, and empty: what was on the
/// disk is not gone then. Device numbers alone say little, some change with every start of the
/// system. So a folder counts only if it is empty, on another device than before, and has rows.
/// One thread; the project outlives it.
class MountGuard {
public:
    MountGuard(KnowledgeBase& knowledge, const Project& project)
        : knowledge_(knowledge), project_(project) {}

    /// For whoever is going to look at all of the project: what is mounted now counts as before,
    /// too.
    void begin();

    /// Adds the folders below which nothing is known because their disk is not mounted. Looks at
    /// the disk as it is now: to be called after whoever wants to know has looked.
    /// Fault::unavailable with the way out when it is the project's own.
    Result<void> check(std::vector<std::string>& unreadable_folders);

    /// After begin() and check(): what later checks compare with, to be stored when all of the
    /// project was looked at. As it was at the time of the check, and what was out of sight then.
    [[nodiscard]] const MountedDevices& devices() const noexcept { return devices_; }

private:
    KnowledgeBase& knowledge_;
    const Project& project_;
    std::optional<MountedDevices> at_first_;
    MountedDevices devices_;
};

}  // namespace bm
