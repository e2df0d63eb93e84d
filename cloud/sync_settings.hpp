#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cloud/cloud_failure.hpp"

namespace bm {

/// A cloud project that has a folder of its own here, outside the space.
struct AttachedProject {
    std::string name;
    std::filesystem::path local_path;  ///< absolute
};

/// What holds on this machine. Plain values: read from the configuration by whoever has it.
struct SyncSettings {
    std::filesystem::path data_directory;
    std::filesystem::path home;
    std::filesystem::path rclone_config;  ///< rclone.conf
    std::optional<std::filesystem::path> rclone_path = {};
    std::string search_path = {};               ///< PATH
    std::vector<std::string> environment = {};  ///< of this process, `NAME=value`
    std::optional<std::filesystem::path> ca_cert = {};
    std::filesystem::path sync_dir;     ///< of the space
    std::filesystem::path mount_point;  ///< where the space can be mounted
    std::string profile = "balanced";
    int auto_sync_interval = 60;  ///< seconds
    bool watch_local = false;
    std::vector<AttachedProject> attached = {};
    std::vector<std::filesystem::path> local_projects = {};  ///< folders used in local mode
    std::vector<std::filesystem::path> read_only = {};       ///< those that nobody may change
    int history_keep = 100;
    int trash_days = 30;

    [[nodiscard]] std::filesystem::path states() const { return data_directory / "bisync-state"; }
    [[nodiscard]] std::filesystem::path histories() const {
        return data_directory / "sync-history";
    }
    /// The rclone that setup has installed, where there was none that is new enough.
    [[nodiscard]] std::filesystem::path installed_rclone() const {
        return data_directory / "rclone" / "rclone";
    }
    [[nodiscard]] std::filesystem::path lock_file() const { return data_directory / "sync.lock"; }
    [[nodiscard]] const AttachedProject* find_attached(std::string_view name) const;
};

/// Where changes of those settings are kept: a port, the configuration file behind it.
class SyncConfig {
public:
    SyncConfig() = default;
    SyncConfig(const SyncConfig&) = delete;
    SyncConfig& operator=(const SyncConfig&) = delete;
    virtual ~SyncConfig() = default;

    /// The settings as they are now.
    [[nodiscard]] virtual CloudResult<SyncSettings> load() = 0;
    /// The entry of a project; one with the same folder keeps what it knows of its last sync.
    virtual CloudResult<void> attach(const std::string& project,
                                     const std::filesystem::path& local_path) = 0;
    virtual CloudResult<void> detach(const std::string& project) = 0;
    /// `last_sync` is a time in UTC; none leaves it.
    virtual CloudResult<void> note_sync(const std::string& project,
                                        const std::optional<std::string>& last_sync,
                                        bool is_initialized) = 0;
    virtual CloudResult<void> set_sync_dir(const std::filesystem::path& folder) = 0;
};

/// The name of our section in rclone.conf.
constexpr const char* kCloudRemote = "basic-memory-cloud";

/// A section of rclone.conf, as far as a run needs to know it.
struct RemoteSection {
    std::string type;      ///< `webdav`, `s3`...
    std::string endpoint;  ///< or URL; for messages
    [[nodiscard]] bool is_bucket_store() const noexcept { return type == "s3"; }
    [[nodiscard]] bool is_tigris() const noexcept;
};

/// Fault::not_set_up when the file has no section of ours.
CloudResult<RemoteSection> read_remote_section(const std::filesystem::path& rclone_config);

/// A file system of rclone that is mounted at a folder.
using MountLister = std::function<std::vector<std::filesystem::path>()>;
/// Of this machine.
std::vector<std::filesystem::path> rclone_mounts();

}  // namespace bm
