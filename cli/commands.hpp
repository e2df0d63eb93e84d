#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "cli/application.hpp"
#include "cli/cloud_sync_commands.hpp"

namespace bm {

/// Exit codes that mean something (0 is success).
constexpr int kExitFailure = 1;
constexpr int kExitUsage = 2;
constexpr int kExitInterrupted = 130;

/// Prints `Error: {message}` on stderr and returns kExitFailure.
int fail_command(Application& application, const std::string& message);
/// The project named by a flag, or the default one. Prints the error itself when there is none.
std::optional<Project> chosen_project(Application& application,
                                      const std::optional<std::string>& name);

/// How the commands that serve over HTTP stand before their visitors.
struct ServingOptions {
    std::optional<std::string> public_url;
    /// Where clients may be described that name a URL; none allowed: everywhere but the denied.
    std::vector<std::string> allowed_client_hosts;
    std::vector<std::string> denied_client_hosts;
    std::vector<std::string> trusted_proxies;
    std::optional<std::string> tls_certificate;  ///< a file, as is the key; both or none
    std::optional<std::string> tls_key;
    /// A provider whose tokens count in place of logins here, and whom they must be for.
    std::optional<std::string> openid_issuer;
    std::optional<std::string> openid_audience;
};

struct McpCommand : ServingOptions {
    std::optional<std::string> project;
    std::string transport = "stdio";  ///< one of those that the command line lists
    std::string host = "127.0.0.1";
    int port = 8000;
    std::optional<std::string> path;
    std::vector<std::string> allowed_origins;
    std::vector<std::string> allowed_hosts;
    bool is_open_to_all = false;
    bool is_stateless = false;
    bool asks_who_calls = false;  ///< also when there is a public URL or an issuer
};
int run_mcp(Application& application, const McpCommand& command);

struct StatusCommand {
    std::optional<std::string> project;
    bool verbose = false;
    bool json = false;
    bool wait = false;
    double timeout = 30;
};
int run_status(Application& application, const StatusCommand& command);

struct SyncCommand {
    std::optional<std::string> project;
    bool all = false;
    bool dry_run = false;
    bool verbose = false;
    bool json = false;
    bool watch = false;
    std::vector<std::string> cloud_only_flags;  ///< those that were given
    CloudBisyncCommand cloud = {};              ///< the same, as the cloud takes them
};
int run_sync(Application& application, const SyncCommand& command);

/// Runs the watcher of all projects and prints what it does, until a signal asks to stop.
int run_watch(Application& application);

/// Whether a server may watch at all. `sync_changes` is not asked: the watcher obeys it, and hears
/// when it changes.
bool may_watch(const Config& config);

/// Whether settings and environment let projects be scanned without being asked.
bool syncs_unasked(const Application& application, const Config& config);

/// Indexes projects that nobody has scanned yet (the index is new or was lost), with progress on a
/// terminal, so that a command sees them; only the one of that name, if one is given. Nothing where
/// the settings switch syncing off.
void index_what_is_unscanned(Application& application, const std::optional<std::string>& name);

struct ReindexCommand {
    std::optional<std::string> project;
    bool embeddings = false;
    bool search = false;
};
int run_reindex(Application& application, const ReindexCommand& command);

struct DoctorCommand {
    std::optional<std::string> project;
    bool check = false;  ///< only tell what is wrong
    bool json = false;
    bool sync = false;  ///< also what syncs with the cloud need
};
int run_doctor(Application& application, const DoctorCommand& command);

struct HistoryCommand {
    std::optional<std::string> note;
    std::optional<std::string> project;
    bool json = false;
    bool prune = false;
    bool stats = false;
};
int run_history(Application& application, const HistoryCommand& command);

struct RestoreCommand {
    std::string note;
    std::optional<std::string> at;
    std::optional<std::string> project;
    bool json = false;
};
int run_restore(Application& application, const RestoreCommand& command);

struct TokenCreateCommand {
    std::string name;
    std::string scope = "notes:write";
    std::optional<std::string> project;
    std::string expires = "90d";
    bool json = false;
};
int run_token_create(Application& application, const TokenCreateCommand& command);
struct TokenCommand {
    std::optional<std::string> host_data;  ///< none: the tokens of this machine's own server
    std::string id_or_name;
    bool json = false;
};
int run_token_list(Application& application, const TokenCommand& command);
int run_token_revoke(Application& application, const TokenCommand& command);

struct UserCommand {
    std::string name;
    bool json = false;
};
int run_user_add(Application& application, const UserCommand& command);
int run_user_list(Application& application, bool json);
int run_user_remove(Application& application, const UserCommand& command);
int run_user_password(Application& application, const UserCommand& command);

/// Whose accounts a command is about: those of this machine, or those of a host.
struct UserPlace {
    std::filesystem::path file;  ///< access.db
    std::string command;         ///< as a person types it
};
int run_user_add(Application& application, const UserPlace& place, const UserCommand& command);
int run_user_list(Application& application, const UserPlace& place, bool json);
int run_user_remove(Application& application, const UserPlace& place, const UserCommand& command);

struct ServeCommand : ServingOptions {
    std::string host = "127.0.0.1";
    int port = 8080;
    std::optional<std::string> data;
    std::optional<std::string> users;  ///< the file of the accounts
    bool is_insecure = false;
    std::optional<std::string> openid_client;  ///< our own command line at the provider
};
/// Runs the host of a cloud until it is told to stop.
int run_serve(Application& application, const ServeCommand& command);

struct ServeUserCommand {
    std::optional<std::string> data;
    std::optional<std::string> users;
    std::string word;                           ///< a name, or the code of a device
    std::optional<std::string> openid_subject;  ///< of an account without a password
    std::optional<std::string> openid_issuer;
    std::optional<std::string> user;
    bool json = false;
};
int run_serve_user_add(Application& application, const ServeUserCommand& command);
int run_serve_user_list(Application& application, const ServeUserCommand& command);
int run_serve_user_remove(Application& application, const ServeUserCommand& command);
int run_serve_user_approve(Application& application, const ServeUserCommand& command);

int run_project_list(Application& application, bool json);
struct ProjectAddCommand {
    std::string name;
    std::optional<std::string> path;
    std::optional<std::string> local_path;  ///< of a project in the cloud: its folder here
    bool make_default = false;
    std::optional<bool> read_only;  ///< what becomes of the lock, if anything
    bool json = false;
};
int run_project_add(Application& application, const ProjectAddCommand& command);
struct ProjectRemoveCommand {
    std::string name;
    bool delete_notes = false;
    bool yes = false;
    bool json = false;
};
int run_project_remove(Application& application, const ProjectRemoveCommand& command);
/// The exit code of one that would have to ask a script whether the files may go.
std::optional<int> refused_unasked_removal(Application& application,
                                           const ProjectRemoveCommand& command);
struct ProjectDefaultCommand {
    std::string name;
    bool json = false;
};
int run_project_default(Application& application, const ProjectDefaultCommand& command);
int run_project_sync_config(Application& application, bool json);
struct ProjectFilesCommand {
    std::string name;
    std::optional<std::string> path;
    bool json = false;
};
/// Prints every file of a project, or of a folder of it, with its size.
int run_project_files(Application& application, const ProjectFilesCommand& command);
struct ProjectMoveCommand {
    std::string name;
    std::string path;
    bool json = false;
};
int run_project_move(Application& application, const ProjectMoveCommand& command);
int run_project_info(Application& application, const std::string& name, bool json);

}  // namespace bm
