#include <memory>

#include <CLI/CLI.hpp>

#include "cli/cloud_sync_words.hpp"
#include "cli/command_tree.hpp"
#include "cli/commands.hpp"
#include "cli/project_mode.hpp"

namespace bm {

namespace {

void add_name(CLI::App* sub, std::string& name) {
    sub->add_option("name", name, "Name of the project")->required();
}

void add_json(CLI::App* sub, bool& json) {
    sub->add_flag("--json", json, "Print JSON for scripts");
}

using Workspace = std::shared_ptr<std::optional<std::string>>;

Workspace add_workspace(CLI::App* sub) {
    auto workspace = std::make_shared<std::optional<std::string>>();
    sub->add_option("--workspace", *workspace, "There is one: personal");
    return workspace;
}

std::optional<int> refused_workspace(Application& application,
                                     const std::optional<std::string>& workspace) {
    if (!workspace || *workspace == "personal") return std::nullopt;
    return fail_command(application, "Workspace '" + *workspace + "' not found");
}

void add_list(CLI::App& group, const CommandMaker& maker) {
    auto* list = maker.command(group, "list", "List the projects");
    auto json = std::make_shared<bool>(false);
    list->add_flag("--json", *json, "Print JSON for scripts");
    auto workspace = add_workspace(list);
    on_use(maker, list, [json, workspace](Application& app) {
        if (const auto refused = refused_workspace(app, *workspace)) return *refused;
        return run_project_list(app, *json);
    });
}

void add_changes(CLI::App& group, const CommandMaker& maker) {
    auto* add = maker.command(group, "add", "Add a folder of notes as a project");
    auto added = std::make_shared<ProjectAddCommand>();
    add_name(add, added->name);
    add->add_option("path", added->path, "Folder; made if it does not exist");
    add->add_option("--local-path", added->local_path,
                    "Folder here that is kept in step with the project (cloud mode)");
    add->add_flag("--default", added->make_default, "Make it the default project");
    add->add_flag_function(
        "--read-only", [added](std::int64_t count) { added->read_only = count > 0; },
        "Never change anything in it: for a vault of another program (--read-only=false: allow "
        "changes again)");
    auto workspace = add_workspace(add);
    add->add_option("--visibility", "Accepted; a space is its account's alone")
        ->type_name("TEXT")
        ->check(CLI::IsMember({"workspace", "shared", "private"}));
    add_json(add, added->json);
    on_use(maker, add, [added, workspace](Application& application) {
        if (const auto refused = refused_workspace(application, *workspace)) return *refused;
        return run_project_add(application, *added);
    });

    auto* remove = maker.command(group, "remove", "Forget a project; its files stay");
    remove->alias("rm");
    auto removed = std::make_shared<ProjectRemoveCommand>();
    add_name(remove, removed->name);
    remove->add_flag("--delete-notes", removed->delete_notes, "Delete its folder too");
    remove->add_flag("--yes", removed->yes, "Do not ask");
    add_json(remove, removed->json);
    on_use(maker, remove, removed, run_project_remove);

    auto* standard = maker.command(group, "default", "Make a project the default one");
    auto chosen = std::make_shared<ProjectDefaultCommand>();
    add_name(standard, chosen->name);
    add_json(standard, chosen->json);
    on_use(maker, standard, chosen, run_project_default);

    auto* move = maker.command(group, "move", "Change where a project's folder is; moves no file");
    auto moved = std::make_shared<ProjectMoveCommand>();
    add_name(move, moved->name);
    move->add_option("path", moved->path, "New folder")->required();
    add_json(move, moved->json);
    on_use(maker, move, moved, run_project_move);

    auto* agree =
        maker.command(group, "sync-config", "Make the index agree with the configuration file");
    auto json = std::make_shared<bool>(false);
    add_json(agree, *json);
    on_use(maker, agree, json, run_project_sync_config);
}

void add_modes(CLI::App& group, const CommandMaker& maker) {
    auto* cloud = maker.command(group, "set-cloud", "Use a project on the cloud; its files stay");
    auto there = std::make_shared<ProjectCloudCommand>();
    add_name(cloud, there->name);
    cloud->add_option("--workspace", there->workspace, "There is one: personal");
    add_json(cloud, there->json);
    on_use(maker, cloud, there, run_project_set_cloud);

    auto* local = maker.command(group, "set-local", "Use a project on this machine again");
    auto here = std::make_shared<ProjectLocalCommand>();
    add_name(local, here->name);
    local->add_option("--local-path", here->local_path, "Its folder; where it was before");
    add_json(local, here->json);
    on_use(maker, local, here, run_project_set_local);
}

void add_views(CLI::App& group, const CommandMaker& maker) {
    auto* info = maker.command(group, "info", "Show statistics of a project");
    auto wanted = std::make_shared<std::string>();
    auto json = std::make_shared<bool>(false);
    add_name(info, *wanted);
    info->add_flag("--json", *json, "Print JSON for scripts");
    on_use(maker, info,
           [wanted, json](Application& app) { return run_project_info(app, *wanted, *json); });

    auto* files = maker.command(group, "ls", "List the files of a project with their sizes");
    auto listed = std::make_shared<ProjectFilesCommand>();
    files->add_option("--name", listed->name, "Name of the project")->required();
    files->add_option("--path,path", listed->path, "Folder or file below the project");
    add_json(files, listed->json);
    on_use(maker, files, listed, run_project_files);
}

}  // namespace

void add_project_words(CLI::App& group, const CommandMaker& maker) {
    add_list(group, maker);
    add_changes(group, maker);
    add_modes(group, maker);
    add_views(group, maker);
    add_project_sync_words(group, maker);
}

}  // namespace bm
