#pragma once

#include <optional>
#include <string>

namespace bm {

class Application;

/// `bm cloud bisync`, and `bm sync` in cloud mode.
struct CloudBisyncCommand {
    std::optional<std::string> profile;
    std::optional<std::string> dir;  ///< of the space
    std::optional<int> interval;     ///< seconds
    bool dry_run = false;
    bool resync = false;
    bool verbose = false;
    bool watch = false;
    bool force = false;
    bool yes = false;
    bool json = false;
    bool report = false;  ///< print the last reports, sync nothing
};
/// The whole space.
int run_cloud_bisync(Application& application, const CloudBisyncCommand& command);
/// The space and all projects with folders of their own.
int run_cloud_sync(Application& application, const CloudBisyncCommand& command);
/// `bm sync --project` in cloud mode.
int run_cloud_sync_of(Application& application, const std::string& project,
                      const CloudBisyncCommand& command);

struct CloudCheckCommand {
    bool one_way = false;
    bool verbose = false;
    bool exit_code = false;  ///< 1 when something differs
    bool json = false;
};
int run_cloud_check(Application& application, const CloudCheckCommand& command);

struct CloudConflictsCommand {
    std::optional<std::string> name;
    bool json = false;
};
int run_cloud_conflicts(Application& application, const CloudConflictsCommand& command);
int run_cloud_bisync_status(Application& application, bool json);
/// Of the space.
int run_cloud_bisync_reset(Application& application, bool json);

/// `bm project sync|bisync|check`: of one project, or of all that have a folder here.
struct ProjectSyncCommand {
    std::optional<std::string> name;
    bool all = false;
    std::optional<std::string> profile;
    bool dry_run = false;
    bool resync = false;
    bool verbose = false;
    bool force = false;
    bool yes = false;
    bool delete_excluded = false;
    bool one_way = false;
    bool exit_code = false;
    bool json = false;
};
/// What was asked of the space, asked of projects with folders of their own.
ProjectSyncCommand asked_of_projects(const CloudBisyncCommand& command,
                                     const std::optional<std::string>& name, bool all = false);
int run_project_sync(Application& application, const ProjectSyncCommand& command);
int run_project_bisync(Application& application, const ProjectSyncCommand& command);
int run_project_check(Application& application, const ProjectSyncCommand& command);

/// `bm cloud push|pull`: one direction, nothing is deleted.
struct CloudExchangeCommand {
    bool is_push = true;
    std::string name;
    std::string on_conflict = "fail";
    bool dry_run = false;
    bool verbose = false;
    bool json = false;
};
int run_cloud_exchange(Application& application, const CloudExchangeCommand& command);

/// `bm cloud prune`: what .bmignore leaves out goes from the cloud.
struct CloudPruneCommand {
    std::string name;
    bool dry_run = false;
    bool yes = false;
    bool json = false;
};
int run_cloud_prune(Application& application, const CloudPruneCommand& command);

struct ProjectCopyCommand {
    std::string name;
    std::string from;
    std::string to;
    bool dry_run = false;
    bool force = false;
    bool json = false;
};
int run_project_copy(Application& application, const ProjectCopyCommand& command);

struct SyncSetupCommand {
    std::string name;
    std::optional<std::string> path;
    bool remove = false;
    bool json = false;
};
int run_project_sync_setup(Application& application, const SyncSetupCommand& command);

struct BisyncResetCommand {
    std::string name;  ///< of a project
    bool json = false;
};
int run_project_bisync_reset(Application& application, const BisyncResetCommand& command);
/// `bm project ls` of a project in the cloud.
int run_project_cloud_files(Application& application, const std::string& name,
                            const std::string& path, bool json);

}  // namespace bm
