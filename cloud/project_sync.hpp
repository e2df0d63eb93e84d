#pragma once

#include <string>
#include <vector>

#include "cloud/file_set.hpp"
#include "cloud/host_view.hpp"
#include "cloud/sync_context.hpp"

namespace bm {

/// Both directions for one project that has a folder of its own. The caller holds the sync lock;
/// that goes for all functions here that change something.
CloudReport bisync_project(SyncContext& context, const HostView& view, const std::string& name,
                           const SyncWish& wish);

/// Makes the cloud identical to the project's folder here. More deletions than the limit, or any
/// from an empty folder, need --force or a yes.
CloudReport push_project(SyncContext& context, const HostView& view, const std::string& name,
                         const SyncWish& wish);

/// How both sides differ.
struct SideComparison {
    std::vector<std::string> only_local;
    std::vector<std::string> only_cloud;
    std::vector<std::string> different;
    std::vector<std::string> unreadable;
    std::vector<std::string> just_changed;  ///< of those, changed here in the last two seconds
    std::string command;                    ///< of rclone

    [[nodiscard]] bool is_equal() const noexcept {
        return only_local.empty() && only_cloud.empty() && different.empty() && unreadable.empty();
    }
};
/// Reads only; needs no baseline. `one_way` passes over what is only in the cloud.
CloudResult<SideComparison> compare_scope(SyncContext& context, const CloudScope& scope,
                                          const ScopeFilter& filter, bool one_way);
CloudResult<SideComparison> compare_project(SyncContext& context, const HostView& view,
                                            const std::string& name, bool one_way);

/// The files of a project in the cloud, or of a folder of it; empty when there is no such folder.
CloudResult<FileSet> list_project(SyncContext& context, const HostView& view,
                                  const std::string& name, const std::string& path);

/// Copies a file or folder within a project in the cloud. Where it went, below the project.
struct CopyWish {
    std::string from;
    std::string to;
    bool dry_run = false;
    bool force = false;  ///< replaces what is there
};
CloudResult<std::string> copy_in_project(SyncContext& context, const HostView& view,
                                         const std::string& name, const CopyWish& wish);

/// Forgets what both sides agreed on; no file of the user's is touched. False when there was
/// nothing to forget.
CloudResult<bool> reset_scope(const CloudScope& scope);

/// A project with its folder here. Faults: project_not_found, no_local_path, overlap.
CloudResult<CloudScope> scope_of_project(SyncContext& context, const HostView& view,
                                         const std::string& name);

}  // namespace bm
