#pragma once

#include <string>
#include <vector>

#include "cloud/host_view.hpp"
#include "cloud/sync_context.hpp"

namespace bm {

/// Removes a project on the host, and then what this machine knows of it: its sync state and its
/// entry in the settings, so that a later project of that name begins anew. With `delete_notes` its
/// files go in the cloud and in its own folder here; what the space's folder has of it is put into
/// the detached area in any case. What was done, in sentences. The caller holds the sync lock.
/// Fault::overlap before anything happens when the folder here holds more than the project.
CloudResult<std::vector<std::string>> remove_project(SyncContext& context, const HostView& view,
                                                     const HostProject& project, bool delete_notes);

}  // namespace bm
