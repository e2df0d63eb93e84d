#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "cloud/host_view.hpp"
#include "cloud/local_changes.hpp"
#include "cloud/project_sync.hpp"
#include "cloud/sync_context.hpp"

namespace bm {

/// Whether the whole space has ever been synced here.
bool is_space_set_up(const SyncContext& context, const HostView& view);

/// One run over the whole space: new folders become projects, both sides are brought in step,
/// folders of new projects appear, the host indexes what changed. The caller holds the sync lock.
CloudReport sync_space(SyncContext& context, HostView view, const SyncWish& wish);

/// `bm sync`: the space if it is set up, then every project with a folder and a baseline of its
/// own, in the host's order.
std::vector<CloudReport> sync_all(SyncContext& context, const HostView& view, const SyncWish& wish);

CloudResult<SideComparison> compare_space(SyncContext& context, const HostView& view, bool one_way);

/// The folders that are kept in step here, each with the rules that hold in it now: the space's,
/// where it has a baseline, and unless `space_only` those of projects with a folder of their own.
std::vector<LocalChanges::Folder> folders_to_watch(const SyncContext& context, const HostView& view,
                                                   bool space_only);
/// What both sides agreed on in them when these runs ended well.
LocalChanges::Agreed agreed_here(const SyncContext& context, const HostView& view,
                                 const std::vector<CloudReport>& reports);

/// Copies of conflicts that wait for somebody to look at them: `note.md.conflict1`.
struct ConflictCopy {
    std::string scope;
    std::string path;
    std::uintmax_t size = 0;
    std::string modified;
};
/// Below a scope's root here. Reads names only.
std::vector<ConflictCopy> conflict_copies(const CloudScope& scope);

}  // namespace bm
