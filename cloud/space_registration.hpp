#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "cloud/host_view.hpp"
#include "cloud/scope_state.hpp"
#include "cloud/sync_context.hpp"

namespace bm {

/// Folders of the space that are no project on the host yet.
struct RegistrationPlan {
    std::vector<std::string> folders;  ///< to be made projects
    std::vector<std::string> skipped;  ///< sentences that say why not
};
/// Reads the disk only. Links, hidden and ignored folders, folders of attached projects, of removed
/// projects and without any file are none.
RegistrationPlan plan_registration(const std::filesystem::path& root, const HostView& view,
                                   const ScopeFilter& filter,
                                   const std::vector<std::string>& attached_dirs,
                                   const std::vector<KnownProject>& known);

/// What registration has changed.
struct Registration {
    std::vector<std::string> registered;
    std::vector<std::string> warnings;
    std::vector<std::string> held_back;  ///< folders to be left out of this run
};
/// Makes the projects on the host, which are added to `view`. A folder that the host calls
/// otherwise is renamed here, or held back.
Registration register_folders(SyncContext& context, HostView& view,
                              const std::filesystem::path& root, const RegistrationPlan& plan);

}  // namespace bm
