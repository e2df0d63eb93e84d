#include "cli/cloud_sync_words.hpp"

#include <memory>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

#include "cli/cloud_sync_commands.hpp"
#include "cli/command_tree.hpp"

// Words about keeping folders in step with the cloud become the structs of cloud_sync_commands.hpp.

namespace bm {

namespace {

void add_profile(CLI::App* sub, std::optional<std::string>& profile) {
    sub->add_option("--profile", profile,
                    "safe (keeps both versions, 10 deletions), balanced (newer wins, 25) or fast "
                    "(newer wins, 50)")
        ->check(CLI::IsMember({"safe", "balanced", "fast"}));
}

/// The name as a word or behind `--name`: one of them. That there is none is told by the command.
void add_name_or_option(CLI::App* sub, std::string& name) {
    sub->add_option("name,--name,--project", name, "Name of the project (as a word or an option)");
}

void add_project_choice(CLI::App* sub, ProjectSyncCommand& command) {
    sub->add_option("--name,--project", command.name, "Name of the project");
    sub->add_flag("--all", command.all, "Every project that has a folder here");
    sub->add_flag("-v,--verbose", command.verbose, "Name every file and the command");
    sub->add_flag("--json", command.json, "Print JSON for scripts");
}

void add_run_flags(CLI::App* sub, ProjectSyncCommand& command) {
    sub->add_flag("--dry-run", command.dry_run, "Only show what would be done");
    sub->add_flag("--force", command.force, "Do not stop at many deletions");
    sub->add_flag("--yes", command.yes, "Do not ask");
}

void add_push(CLI::App& group, const CommandMaker& maker) {
    auto* push = maker.command(group, "sync", "Make the cloud identical to the folder here");
    auto pushed = std::make_shared<ProjectSyncCommand>();
    add_project_choice(push, *pushed);
    add_run_flags(push, *pushed);
    push->add_flag("--delete-excluded", pushed->delete_excluded,
                   "Also delete in the cloud what .bmignore leaves out");
    on_use(maker, push, pushed, run_project_sync);
}

void add_exchange(CLI::App& group, const CommandMaker& maker, bool is_push) {
    auto* sub = maker.command(group, is_push ? "push" : "pull",
                              is_push ? "Add to the cloud what it lacks; deletes nothing"
                                      : "Add to the folder here what it lacks; deletes nothing");
    auto command = std::make_shared<CloudExchangeCommand>();
    command->is_push = is_push;
    sub->add_option("--name,--project", command->name, "Name of the project")->required();
    sub->add_option("--on-conflict", command->on_conflict,
                    "Files that differ: fail (moves nothing), keep-local, keep-cloud or keep-both")
        ->check(CLI::IsMember({"fail", "keep-local", "keep-cloud", "keep-both"}));
    sub->add_flag("--dry-run", command->dry_run, "Only show what would be done");
    sub->add_flag("-v,--verbose", command->verbose, "Name every file and the command");
    sub->add_flag("--json", command->json, "Print JSON for scripts");
    on_use(maker, sub, command, run_cloud_exchange);
}

void add_prune(CLI::App& group, const CommandMaker& maker) {
    auto* sub =
        maker.command(group, "prune", "Delete in the cloud what .bmignore leaves out; asks first");
    auto command = std::make_shared<CloudPruneCommand>();
    sub->add_option("--name,--project", command->name, "Name of the project")->required();
    sub->add_flag("--dry-run", command->dry_run, "Only list the files");
    sub->add_flag("--yes", command->yes, "Do not ask");
    sub->add_flag("--json", command->json, "Print JSON for scripts");
    on_use(maker, sub, command, run_cloud_prune);
}

void add_copy_and_setup(CLI::App& group, const CommandMaker& maker) {
    auto* copy =
        maker.command(group, "copy", "Copy a file or folder within a project in the cloud");
    auto copied = std::make_shared<ProjectCopyCommand>();
    copy->add_option("--name,--project", copied->name, "Name of the project")->required();
    copy->add_option("source", copied->from, "File or folder below the project")->required();
    copy->add_option("destination", copied->to, "Where to")->required();
    copy->add_flag("--dry-run", copied->dry_run, "Only show what would be done");
    copy->add_flag("--force", copied->force, "Replace what is there");
    copy->add_flag("--json", copied->json, "Print JSON for scripts");
    on_use(maker, copy, copied, run_project_copy);

    auto* setup =
        maker.command(group, "sync-setup", "Give a cloud project a folder of its own here");
    auto wished = std::make_shared<SyncSetupCommand>();
    add_name_or_option(setup, wished->name);
    setup->add_option("path", wished->path, "Folder; made if it does not exist");
    setup->add_flag("--remove", wished->remove, "Take its folder out of sync; the files stay");
    setup->add_flag("--json", wished->json, "Print JSON for scripts");
    on_use(maker, setup, wished, run_project_sync_setup);
}

/// Projects that a command of the space is asked about instead.
struct InsteadOfSpace {
    std::optional<std::string> name;
    bool all = false;
    /// An empty name is one that is wrong, not one that was left out.
    const CLI::Option* given = nullptr;
    [[nodiscard]] bool is_asked() const { return given->count() > 0 || all; }
};

std::shared_ptr<InsteadOfSpace> add_instead_of_space(CLI::App* sub,
                                                     const std::vector<std::string>& only_space) {
    auto choice = std::make_shared<InsteadOfSpace>();
    auto* name = sub->add_option("--name,--project", choice->name,
                                 "Only this project, which has a folder of its own");
    auto* all = sub->add_flag("--all", choice->all, "Only projects with folders of their own");
    choice->given = name;
    for (const auto& word : only_space) {
        name->excludes(sub->get_option(word));
        all->excludes(sub->get_option(word));
    }
    return choice;
}

int run_bisync_of(Application& application, const CloudBisyncCommand& command,
                  const InsteadOfSpace& choice) {
    if (!choice.is_asked()) return run_cloud_bisync(application, command);
    return run_project_bisync(application, asked_of_projects(command, choice.name, choice.all));
}

int run_check_of(Application& application, const CloudCheckCommand& command,
                 const InsteadOfSpace& choice) {
    if (!choice.is_asked()) return run_cloud_check(application, command);
    ProjectSyncCommand own;
    own.name = choice.name;
    own.all = choice.all;
    own.verbose = command.verbose;
    own.one_way = command.one_way;
    own.exit_code = command.exit_code;
    own.json = command.json;
    return run_project_check(application, own);
}

void add_files(CLI::App& group, const CommandMaker& maker) {
    auto* files = maker.command(group, "ls", "List the files of a project in the cloud");
    auto name = std::make_shared<std::string>();
    auto path = std::make_shared<std::string>();
    files->add_option("--name,--project", *name, "Name of the project")->required();
    files->add_option("path,--path", *path, "Only below this folder");
    auto json = std::make_shared<bool>(false);
    files->add_flag("--json", *json, "Print JSON for scripts");
    on_use(maker, files, [name, path, json](Application& app) {
        return run_project_cloud_files(app, *name, *path, *json);
    });
}

void add_project_runs(CLI::App& group, const CommandMaker& maker) {
    add_push(group, maker);

    auto* both = maker.command(group, "bisync", "Bring the folder here and the cloud in step");
    auto synced = std::make_shared<ProjectSyncCommand>();
    add_project_choice(both, *synced);
    add_run_flags(both, *synced);
    add_profile(both, synced->profile);
    both->add_flag("--resync", synced->resync,
                   "Take both sides as they are and keep the newer version of each file");
    on_use(maker, both, synced, run_project_bisync);

    auto* check = maker.command(group, "check", "Compare the folder here with the cloud");
    auto checked = std::make_shared<ProjectSyncCommand>();
    add_project_choice(check, *checked);
    check->add_flag("--one-way", checked->one_way, "Pass over what is only in the cloud");
    check->add_flag("--exit-code", checked->exit_code, "Exit with 1 when something differs");
    on_use(maker, check, checked, run_project_check);
}

}  // namespace

void add_bisync_words(CLI::App* sub, const std::shared_ptr<CloudBisyncCommand>& command) {
    add_profile(sub, command->profile);
    sub->add_option("--interval", command->interval, "Seconds between syncs (60)")
        ->check(CLI::PositiveNumber);
    sub->add_flag("--dry-run", command->dry_run, "Only show what would be done");
    sub->add_flag("--resync", command->resync,
                  "Take both sides as they are and keep the newer version of each file");
    sub->add_flag("-v,--verbose", command->verbose, "Name every file and the command");
    sub->add_flag("--watch", command->watch, "Keep syncing until Ctrl+C");
    sub->add_flag("--force", command->force, "Do not stop at many deletions");
    sub->add_flag("--yes", command->yes, "Do not ask");
    sub->add_flag("--json", command->json, "Print JSON for scripts");
    sub->add_flag("--report", command->report, "Print the last reports; sync nothing");
}

void add_cloud_sync_words(CLI::App& group, const CommandMaker& maker) {
    auto* bisync = maker.command(group, "bisync", "Bring the whole space in step with the cloud");
    auto command = std::make_shared<CloudBisyncCommand>();
    add_bisync_words(bisync, command);
    bisync->add_option("--dir", command->dir, "Folder of the space; another one needs --resync");
    const auto bisynced =
        add_instead_of_space(bisync, {"--dir", "--watch", "--interval", "--report"});
    on_use(maker, bisync, [command, bisynced](Application& app) {
        return run_bisync_of(app, *command, *bisynced);
    });

    auto* check = maker.command(group, "check", "Compare the space with the cloud");
    auto checked = std::make_shared<CloudCheckCommand>();
    check->add_flag("--one-way", checked->one_way, "Pass over what is only in the cloud");
    check->add_flag("-v,--verbose", checked->verbose, "Name every file and the command");
    check->add_flag("--exit-code", checked->exit_code, "Exit with 1 when something differs");
    check->add_flag("--json", checked->json, "Print JSON for scripts");
    const auto compared = add_instead_of_space(check, {});
    on_use(maker, check, [checked, compared](Application& app) {
        return run_check_of(app, *checked, *compared);
    });

    add_push(group, maker);
    add_exchange(group, maker, true);
    add_exchange(group, maker, false);
    add_prune(group, maker);
    add_copy_and_setup(group, maker);
    add_files(group, maker);

    auto* conflicts = maker.command(group, "conflicts", "List copies that conflicts have left");
    auto listed = std::make_shared<CloudConflictsCommand>();
    conflicts->add_option("--name", listed->name, "Only of this project");
    conflicts->add_flag_callback(
        "--all", [] {}, "Of every scope, as without it");
    conflicts->add_flag("--json", listed->json, "Print JSON for scripts");
    on_use(maker, conflicts, listed, run_cloud_conflicts);

    auto* status = maker.command(group, "bisync-status", "Show what is kept in step, and how");
    auto json = std::make_shared<bool>(false);
    status->add_flag("--json", *json, "Print JSON for scripts");
    on_use(maker, status, json, run_cloud_bisync_status);

    auto* reset = maker.command(group, "bisync-reset",
                                "Forget a baseline, the space's or a project's; no file goes");
    auto forgotten = std::make_shared<BisyncResetCommand>();
    auto* named = reset->add_option("name,--name,--project", forgotten->name, "Of this project");
    reset
        ->add_flag_callback(
            "--space", [] {}, "Of the space, as without a name")
        ->excludes(named);
    reset->add_flag("--json", forgotten->json, "Print JSON for scripts");
    on_use(maker, reset, [forgotten, named](Application& app) {
        return named->count() == 0 ? run_cloud_bisync_reset(app, forgotten->json)
                                   : run_project_bisync_reset(app, *forgotten);
    });
}

void add_project_sync_words(CLI::App& group, const CommandMaker& maker) {
    add_project_runs(group, maker);
    add_copy_and_setup(group, maker);

    auto* reset = maker.command(group, "bisync-reset", "Forget a project's baseline; no file goes");
    auto command = std::make_shared<BisyncResetCommand>();
    add_name_or_option(reset, command->name);
    reset->add_flag("--json", command->json, "Print JSON for scripts");
    on_use(maker, reset, command, run_project_bisync_reset);
}

}  // namespace bm
