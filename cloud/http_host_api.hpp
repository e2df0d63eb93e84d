#pragma once

#include <string>
#include <string_view>

#include "cloud/cloud_session.hpp"
#include "cloud/host_api.hpp"

namespace bm {

/// How a host is, as it tells itself.
struct HostHealth {
    std::string status;
    std::string version;
    std::string timestamp;
};

/// The routes of a host over HTTP. Thread-safe. The session outlives it.
class HttpHostApi final : public HostApi {
public:
    explicit HttpHostApi(CloudSession& session) : session_(session) {}

    [[nodiscard]] CloudResult<HostHealth> health();

    [[nodiscard]] CloudResult<HostTenant> tenant() override;
    [[nodiscard]] CloudResult<StorageCredentials> new_credentials() override;
    [[nodiscard]] CloudResult<std::vector<HostProject>> projects() override;
    [[nodiscard]] CloudResult<CreatedProject> create_project(const std::string& name,
                                                             const std::string& path,
                                                             bool make_default) override;
    [[nodiscard]] CloudResult<std::string> remove_project(const HostProject& project,
                                                          bool delete_notes) override;
    [[nodiscard]] CloudResult<void> start_index(const HostProject& project) override;

    /// The host's project of that name (as a permalink compares it). Fault: project_not_found.
    [[nodiscard]] CloudResult<HostProject> find_project(const std::string& name);
    /// What `GET {api}{route}` or `POST` answers, as it is; not only success.
    [[nodiscard]] CloudResult<HttpAnswer> get(const std::string& route);
    [[nodiscard]] CloudResult<HttpAnswer> post(const std::string& route, std::string json);

private:
    [[nodiscard]] CloudResult<HttpAnswer> send(std::string method, std::string url,
                                               std::string json);

    CloudSession& session_;
};

/// The folder below the space that a host means by a project's path: `/app/data/x`, `app/data/x`,
/// `/x/` and `x` are all `x`. A path with a drive letter stays as it is.
[[nodiscard]] std::string host_dir(std::string_view path);

/// Whether a folder that a host names lies below the space: no segment of it is empty, `.` or `..`,
/// and no control character is in it. The space itself (nothing) is fine. Pure.
[[nodiscard]] bool is_below_space(std::string_view dir) noexcept;

}  // namespace bm
