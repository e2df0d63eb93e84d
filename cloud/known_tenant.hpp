#pragma once

#include <optional>

#include "cloud/host_view.hpp"

namespace bm {

/// What the last set-up has noted of whose space this machine has (`bisync-state/tenant.json`).
/// None when there is nothing readable.
std::optional<HostTenant> known_tenant(const SyncSettings& settings);

/// Notes it. Fault::local_io.
CloudResult<void> note_tenant(const SyncSettings& settings, const HostTenant& tenant);

/// Fault::not_set_up when rclone has the keys of another account than the one that is logged in.
CloudResult<void> check_tenant(const SyncSettings& settings, const HostTenant& tenant);

/// The host as this machine has seen it last, for what needs no more: the tenant that was noted,
/// and the projects that the states of scopes name. Nothing is asked. None without a tenant.
std::optional<HostView> remembered_view(const SyncSettings& settings);

}  // namespace bm
