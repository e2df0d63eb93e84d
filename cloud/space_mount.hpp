#pragma once

#include <array>
#include <chrono>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cloud/cloud_failure.hpp"
#include "cloud/host_api.hpp"
#include "cloud/rclone_run.hpp"
#include "cloud/sync_context.hpp"

namespace bm {

/// How soon a mounted space shows what others have changed, and sends what is written.
struct MountProfile {
    std::string_view name;
    std::string_view folder_cache;
    std::string_view cache_poll;
    std::string_view attributes;
    std::string_view write_back;
};
inline constexpr std::array<MountProfile, 3> kMountProfiles{{
    {"fast", "5s", "3s", "3s", "1s"},
    {"balanced", "10s", "5s", "5s", "2s"},
    {"safe", "15s", "10s", "10s", "5s"},
}};
/// Null for a name that is none of them.
[[nodiscard]] const MountProfile* find_mount_profile(std::string_view name) noexcept;

struct MountWish {
    std::string profile = "balanced";
    bool read_only = false;
    bool foreground = false;  ///< the call lasts as long as the mount
};

/// What this machine has to mount with: a device, and a program that unmounts.
struct MountMeans {
    bool has_device = false;
    std::optional<std::filesystem::path> unmounter = {};
    [[nodiscard]] bool are_enough() const noexcept { return has_device && unmounter; }
};
/// Of this machine: /dev/fuse, and fusermount3 or fusermount on the PATH.
[[nodiscard]] MountMeans means_of_mounting(std::string_view search_path);

/// Mounts the whole space at the mount point, which is made. False when it is mounted already.
/// Faults: mount_conflict (also for a mount whose rclone has died), rclone_missing, not_set_up,
/// local_io, rclone_failed with the end of its log when it did not become active within `patience`.
[[nodiscard]] CloudResult<bool> mount_space(SyncContext& context, const HostTenant& tenant,
                                            const MountWish& wish, const MountMeans& means,
                                            std::chrono::milliseconds patience);

/// How long things are waited for.
struct UnmountPatience {
    std::chrono::milliseconds sending = std::chrono::minutes(1);  ///< of what was written
    std::chrono::milliseconds ending = std::chrono::seconds(5);   ///< of rclone
    /// Until what was closed a moment ago stands in rclone's records.
    std::chrono::milliseconds settling = std::chrono::seconds(1);
};
/// Waits until what was written through it has been sent, unmounts it, and ends programs of this
/// user that still serve it. False when it was not mounted. Fault::local_io while somebody uses it.
[[nodiscard]] CloudResult<bool> unmount_space(const SyncContext& context, const MountMeans& means,
                                              const UnmountPatience& patience);

enum class MountState {
    absent,
    active,
    dead,  ///< still in the table, with nobody to serve it
};
[[nodiscard]] MountState space_mount_state(const SyncContext& context);

/// What was written through a mount of this account and has not reached the cloud, as paths below
/// the space. It waits on this machine, and goes up with the next mount.
[[nodiscard]] std::vector<std::string> unsent_files(const SyncSettings& settings);

/// Gives an account what mounts kept for whoever was logged in, before each account had a cache of
/// its own. Fault::local_io.
[[nodiscard]] CloudResult<void> give_cache_to(const SyncSettings& settings,
                                              const std::string& tenant_id);

/// The processes of rclone that serve a mount point, by their command lines.
[[nodiscard]] std::vector<int> mount_processes(const std::filesystem::path& mount_point);

/// The arguments of rclone for a mount, of which rclone keeps copies in a folder of ours. Pure.
[[nodiscard]] std::vector<std::string> mount_arguments(const SyncSettings& settings,
                                                       const HostTenant& tenant,
                                                       const MountWish& wish);

/// Where a mounting rclone logs.
[[nodiscard]] std::filesystem::path mount_log(const SyncSettings& settings);

}  // namespace bm
