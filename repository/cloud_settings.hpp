#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "repository/config_file.hpp"

namespace bm {

/// What the settings say about the cloud, the environment included. Addresses have no slash at
/// their end.
struct CloudSettings {
    bool cloud_mode = false;
    std::string host;
    std::string domain;
    std::string client_id;
    std::string api;  ///< the base of the API: `{host}/proxy`, or BASIC_MEMORY_PROXY_URL
    std::optional<std::string> api_key;  ///< a secret
    /// Whose key it is; none: of the host that is configured, `*`: of the next one logged in to.
    std::optional<std::string> api_key_host;
    /// Certificates to trust besides those of the system, as written.
    std::optional<std::string> ca_cert;
    std::optional<std::string> rclone_path;
    std::string profile;
    std::filesystem::path sync_dir;  ///< absolute, `~` expanded
    int auto_sync_interval = 60;     ///< seconds
    bool watch_local = false;
    int sync_history_keep = 100;
    int sync_trash_days = 30;
    std::vector<CloudProject> projects;  ///< in the file's order
    /// Local projects whose entries say mode "cloud".
    std::vector<std::string> routed_to_cloud;
    /// Set when an obsolete setting or variable has switched the cloud on.
    std::optional<std::string> obsolete_switch;

    [[nodiscard]] const CloudProject* find(const std::string& name) const noexcept;
};

/// Fault::invalid as ConfigFile::load() says it.
Result<CloudSettings> load_cloud_settings(const ConfigFile& file, const Environment& environment);

}  // namespace bm
