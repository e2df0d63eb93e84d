#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "cloud/scope.hpp"
#include "cloud/sync_context.hpp"

namespace bm {

/// What the host says at the beginning of a command.
struct HostView {
    HostTenant tenant;
    std::vector<HostProject> projects;  ///< in the host's order, folders normalised

    /// By name, else by permalink; none when there is none.
    [[nodiscard]] const HostProject* find(std::string_view name) const;
};
/// Fault::not_set_up when this machine has the keys of another account.
CloudResult<HostView> look_at_host(SyncContext& context);

/// The host's folder of an attached project, also of one that it does not list any more.
std::string dir_of_attached(const SyncContext& context, const HostView& view,
                            const AttachedProject& project);

/// Asks the host to index projects. What fails becomes a warning of the report.
void notify_index(SyncContext& context, const std::vector<HostProject>& projects,
                  CloudReport& report);

/// The text of a .bmignore, empty when there is none. Fault::local_io when there is one that cannot
/// be read: rules that nobody knows are no reason to send everything.
CloudResult<std::string> rules_in(const std::filesystem::path& file);

/// Writes the filter of a scope where rclone reads it, and makes the state directory. Commands that
/// hold no lock have a file of their own: that of the scope may be in use.
CloudResult<void> place_filter(const CloudScope& scope, const ScopeFilter& filter,
                               const std::filesystem::path& file);

}  // namespace bm
