#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "cloud/cloud_failure.hpp"

namespace bm {

/// A project as the host reports it.
struct HostProject {
    std::string name;
    std::string external_id;
    /// Its folder below the space, without slashes around it; `/app/data/x`, `/x` and `x` are all
    /// `x`.
    std::string dir;
    bool is_default = false;
};

struct HostTenant {
    std::string tenant_id;
    std::string bucket;
    std::optional<std::uint64_t> storage_used_bytes = {};
};

/// What this machine may use to reach the files: the keys of one section of rclone.conf, secrets
/// among them.
struct StorageCredentials {
    std::string type = "s3";  ///< or "webdav"
    std::string endpoint;     ///< s3: its address; webdav: the URL
    std::string region;
    std::string access_key;  ///< webdav: the user
    std::string secret_key;  ///< webdav: the password, in the clear
    std::string vendor;      ///< webdav only
    std::optional<std::string> expires_at = {};
};

struct CreatedProject {
    HostProject project;  ///< with the folder that the host has really given it
    std::string message;
    bool existed = false;
};

/// The routes of a cloud host, as the one who is logged in. Faults: not_authenticated, network,
/// subscription_required, project_not_found; what else a host refuses is rclone-free `internal`
/// with the host's words. Thread-safe; every call may take as long as its time-outs.
class HostApi {
public:
    HostApi() = default;
    HostApi(const HostApi&) = delete;
    HostApi& operator=(const HostApi&) = delete;
    virtual ~HostApi() = default;

    [[nodiscard]] virtual CloudResult<HostTenant> tenant() = 0;
    [[nodiscard]] virtual CloudResult<StorageCredentials> new_credentials() = 0;
    /// In the host's order.
    [[nodiscard]] virtual CloudResult<std::vector<HostProject>> projects() = 0;
    [[nodiscard]] virtual CloudResult<CreatedProject> create_project(const std::string& name,
                                                                     const std::string& path,
                                                                     bool make_default) = 0;
    /// The host's message.
    [[nodiscard]] virtual CloudResult<std::string> remove_project(const HostProject& project,
                                                                  bool delete_notes) = 0;
    /// Starts the index of one project, in the background of the host, whatever the times of its
    /// files say.
    [[nodiscard]] virtual CloudResult<void> start_index(const HostProject& project) = 0;
};

}  // namespace bm
