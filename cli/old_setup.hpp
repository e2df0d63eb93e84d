#pragma once

#include <string>
#include <vector>

#include "cli/sync_session.hpp"
#include "cloud/host_api.hpp"

namespace bm {

/// What setting up changes for whoever had synced with an older program, in sentences; to be asked
/// before anything is changed.
[[nodiscard]] std::vector<std::string> old_setup_notes(const Application& application,
                                                       const SyncSettings& settings,
                                                       const HostTenant& tenant);

/// Takes over what such a program remembers of both sides. A busy lock leaves that to the next
/// command.
[[nodiscard]] CloudResult<void> take_over_old_setup(Application& application, SyncSession& session);

}  // namespace bm
