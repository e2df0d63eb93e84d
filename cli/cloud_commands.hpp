#pragma once

#include <optional>
#include <string>

#include "cli/application.hpp"
#include "cli/commands.hpp"
#include "cli/tool_commands.hpp"

/// What commands do when they work on the cloud, and the commands about being there.
namespace bm {

struct CloudLoginCommand {
    std::optional<std::string> host;
    std::optional<std::string> domain;
    std::optional<std::string> client_id;
    std::optional<std::string> ca_cert;  ///< a file; kept in the settings
    bool force = false;
    bool no_browser = false;
    bool json = false;
};
int run_cloud_login(Application& application, const CloudLoginCommand& command);
struct CloudLogoutCommand {
    bool keeps_token = false;
    bool json = false;
};
int run_cloud_logout(Application& application, const CloudLogoutCommand& command);
struct CloudSetupCommand {
    std::optional<std::string> dir;  ///< of the space; sets it up
    bool bisync = false;             ///< set the space up
    bool mount = false;              ///< and show it as a folder
    bool yes = false;                ///< install what is missing without asking
    bool no_install = false;
    std::optional<std::string> ca_cert = {};  ///< a file; kept in the settings
    bool json = false;
};
int run_cloud_setup(Application& application, const CloudSetupCommand& command);
int run_cloud_account_status(Application& application, bool json);
struct CloudApiKeyCommand {
    std::string word;  ///< the key, or what it is called
    bool json = false;
};
/// Keeps a key of the host, which takes the place of a login.
int run_cloud_api_key_save(Application& application, const CloudApiKeyCommand& command);
/// Lets the host make one, and keeps it.
int run_cloud_api_key_create(Application& application, const CloudApiKeyCommand& command);

/// Serves the assistant over stdin and stdout by carrying everything to the host and back.
/// `only`: the project that it is bound to.
int run_cloud_relay(Application& application, const std::optional<std::string>& only);

int run_cloud_project_list(Application& application, bool json);
int run_cloud_project_add(Application& application, const ProjectAddCommand& command);
int run_cloud_project_remove(Application& application, const ProjectRemoveCommand& command);
int run_cloud_project_info(Application& application, const std::string& name, bool json);
int run_cloud_status(Application& application, const StatusCommand& command);

/// Runs a tool on the host, as `bm tool` runs it here.
int run_cloud_tool(Application& application, ToolCall call);

}  // namespace bm
