#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "cloud/host_view.hpp"
#include "cloud/sync_context.hpp"

/// What commands about one project have in common; for the files of this room only.
namespace bm {

tl::unexpected<CloudFailure> no_such_project(const std::string& name);

/// The rules that hold for a project with a folder of its own.
CloudResult<ScopeFilter> filter_of(const SyncContext& context, const CloudScope& scope);

/// The rules that hold in the space: the user's, and those of the projects in it. `left_out` are
/// folders that other scopes sync.
CloudResult<ScopeFilter> space_filter(const SyncContext& context, const std::filesystem::path& root,
                                      const std::vector<std::string>& left_out);

/// The same where files are written here or compared with those in the cloud.
CloudResult<ScopeFilter> filter_without_links(const SyncContext& context, const CloudScope& scope);

/// A folder that is still on its way out of the space would look as if its files were gone.
CloudResult<void> finished_moves(SyncContext& context, const HostView& view, bool dry_run);

}  // namespace bm
