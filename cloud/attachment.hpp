#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "cloud/host_view.hpp"
#include "cloud/sync_context.hpp"

namespace bm {

/// Gives a project of the space a folder of its own here, or another one. A folder of the project
/// in the space moves out: there if `folder` is empty or missing, else to the detached area; two
/// trees are never merged. Of an own folder that was moved by hand the baseline goes along. What
/// was done, in sentences. The caller holds the sync lock; that goes for all of these.
CloudResult<std::vector<std::string>> attach_project(SyncContext& context, const HostView& view,
                                                     const std::string& name,
                                                     const std::filesystem::path& folder);

/// Takes a project's own folder out of sync; its files stay where they are. The project is the
/// space's again.
CloudResult<std::vector<std::string>> detach_project(SyncContext& context, const HostView& view,
                                                     const std::string& name);

/// Puts what the space's folder here has of a project into the detached area, and forgets it
/// there: it is no deletion. Sentences of what was done.
CloudResult<std::vector<std::string>> set_aside(SyncContext& context, const CloudScope& space,
                                                const std::string& dir);

/// Finishes or undoes the move of a folder out of the space that a dead process has begun. True
/// when there was one.
CloudResult<bool> finish_moves(SyncContext& context, const HostView& view);

}  // namespace bm
