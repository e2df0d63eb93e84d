#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "cloud/cloud_failure.hpp"
#include "cloud/host_api.hpp"
#include "cloud/sync_settings.hpp"

namespace bm {

/// A folder here and one in the cloud that are kept in step, with a memory of their own. Every
/// cloud folder is in one scope only.
struct CloudScope {
    bool is_space = false;
    std::string project = {};          ///< its name; empty for the space
    std::string dir = {};              ///< of the project in the space
    std::filesystem::path local_root;  ///< absolute, without symbolic links
    std::string remote;                ///< `basic-memory-cloud:{bucket}[/{dir}]`
    std::filesystem::path state;       ///< the state directory
    std::string tenant_id;
    std::string bucket;
    std::string external_id = {};  ///< of the project on the host; empty where that is not known

    [[nodiscard]] std::string session() const;
    /// How people name it.
    [[nodiscard]] std::string title() const { return is_space ? std::string("space") : project; }
    [[nodiscard]] std::filesystem::path state_file() const { return state / "state.json"; }
    [[nodiscard]] std::filesystem::path filter_file() const { return state / "filters.txt"; }
    [[nodiscard]] std::filesystem::path backup() const { return state / "backup"; }
    [[nodiscard]] std::filesystem::path trash() const { return state / "trash"; }
    /// What is being fetched and has not taken its place yet.
    [[nodiscard]] std::filesystem::path incoming() const { return state / "incoming"; }
    [[nodiscard]] std::filesystem::path detached() const { return state / "detached"; }
    [[nodiscard]] std::filesystem::path log_file() const { return state / "last-run.log"; }
    /// What rclone remembers of a side, 1 (here) or 2 (the cloud).
    [[nodiscard]] std::filesystem::path listing(int side) const;
    [[nodiscard]] std::filesystem::path listing_backup(int side) const;
    [[nodiscard]] std::filesystem::path rclone_lock() const;
};

CloudScope space_scope(const SyncSettings& settings, const HostTenant& tenant);
CloudScope project_scope(const SyncSettings& settings, const HostTenant& tenant,
                         const HostProject& project, const std::filesystem::path& local_path);

/// A project's folder in the space as all spellings of a host mean it: `/app/data/x`, `/x` and `x`
/// are `x`. Pure.
std::string normalized_dir(std::string_view path);

/// The state directory's name for a project: its own where that is a safe file name. Pure.
std::string state_name(std::string_view project, std::string_view tenant_id);

/// Where a path really is: symbolic links followed as far as it exists.
std::filesystem::path resolved_path(const std::filesystem::path& path);

/// Whether two folders are the same or one lies in the other. Both resolved. Pure.
bool paths_overlap(const std::filesystem::path& one, const std::filesystem::path& other);

/// Whether a folder may be kept in step as the folder of `project` (empty: of the space): it must
/// not touch another one, the mount point, our own data, or hold the home directory. Faults:
/// overlap, mount_conflict. Warnings are about folders that are used in local mode.
CloudResult<std::vector<std::string>> check_root(const SyncSettings& settings,
                                                 const std::filesystem::path& folder,
                                                 std::string_view project,
                                                 const MountLister& mounts);

}  // namespace bm
