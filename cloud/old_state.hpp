#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "cloud/cloud_failure.hpp"
#include "cloud/host_view.hpp"
#include "cloud/scope.hpp"
#include "cloud/sync_context.hpp"

namespace bm {

/// What rclone's section was called by programs that synced the space before us.
[[nodiscard]] std::string old_remote_name(std::string_view tenant_id);

/// Makes the memory that another program has left in the scope's state directory ours: one pair of
/// listings under the name that rclone gives it here, or, of the space, under that of the old
/// remote. Anything else stays as it is, and so does a scope that we have synced. True when the
/// scope has a baseline now that it had not. Fault::local_io. The caller holds the sync lock.
CloudResult<bool> adopt_old_state(const CloudScope& scope);

/// The same for the space and every project with a folder of its own; says what was taken over.
CloudResult<void> adopt_old_states(SyncContext& context, const HostView& view);

/// Whether rclone.conf has a section of this name. False for a file that cannot be read.
[[nodiscard]] bool has_rclone_section(const std::filesystem::path& file, std::string_view name);

}  // namespace bm
