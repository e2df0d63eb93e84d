#pragma once

#include <memory>
#include <optional>
#include <string>

#include "cli/application.hpp"
#include "cloud/http_host_api.hpp"
#include "repository/cloud_settings.hpp"

namespace bm {

/// What a command needs to talk to the host that the settings name. Nothing is called before
/// somebody asks.
struct CloudConnection {
    CloudSettings settings;
    std::unique_ptr<HttpClient> http;
    CloudSession session;
    HttpHostApi api{session};

    CloudConnection(CloudSettings chosen, std::unique_ptr<HttpClient> client,
                    const DataDirectory& directory);
};

/// The file of certificates to trust: as `--ca-cert` and the settings say, else as the environment
/// of other programs does.
[[nodiscard]] std::optional<std::filesystem::path> ca_cert_of(const CloudSettings& settings,
                                                              const Environment& environment);

[[nodiscard]] std::filesystem::path token_file_of(const DataDirectory& directory);

/// `$RCLONE_CONFIG`, else where rclone looks.
[[nodiscard]] std::filesystem::path rclone_config_file(const Environment& environment);

/// A host that is not in the settings, or not yet.
struct HostChoice {
    std::optional<std::string> host = {};
    std::optional<std::string> domain = {};
    std::optional<std::string> client_id = {};
    std::optional<std::string> ca_cert = {};  ///< a file
    /// A login: it may use a key that is no host's yet.
    bool logs_in = false;
};
/// The file that `--ca-cert` names, as it is kept; prints what is wrong with it.
[[nodiscard]] std::optional<std::string> usable_ca_cert(Application& application,
                                                        const std::string& file);

/// The connection for this command. Prints what is wrong with the settings, and is null then.
[[nodiscard]] std::unique_ptr<CloudConnection> connect_to_cloud(Application& application,
                                                                const HostChoice& choice = {});

/// Prints `Error: {message}` and the way out; the exit code.
int fail_command(Application& application, const CloudFailure& failure);

/// For commands that work on local files only: the exit code when this one was sent to the cloud,
/// or when the project that it is about (none: the default one) is used there.
[[nodiscard]] std::optional<int> refused_on_cloud(Application& application,
                                                  const std::string& command,
                                                  const std::optional<std::string>& project);
/// The same for commands about every project, or none.
[[nodiscard]] std::optional<int> refused_on_cloud(Application& application,
                                                  const std::string& command);

}  // namespace bm
