#include "cli/cloud_file_words.hpp"

#include <memory>

#include <CLI/CLI.hpp>

#include "cli/cloud_file_commands.hpp"
#include "cli/command_tree.hpp"

namespace bm {

namespace {

void add_upload(CLI::App& group, const CommandMaker& maker) {
    auto* sub = maker.command(group, "upload", "Copy files of this machine into a cloud project");
    auto command = std::make_shared<CloudUploadCommand>();
    sub->add_option("path", command->path, "File or folder")->required();
    sub->add_option("--project,-p", command->project, "Name of the project")->required();
    sub->add_flag("--create-project,-c", command->create_project, "Make it if there is none");
    sub->add_flag("--sync,!--no-sync", command->sync, "Let the host index what has come (yes)");
    sub->add_flag("--verbose,-v", command->verbose, "Accepted; every file is named anyway");
    sub->add_flag("--no-gitignore", command->no_gitignore, "Also what its .gitignore leaves out");
    sub->add_flag("--dry-run", command->dry_run, "Only show what would be uploaded");
    sub->add_flag("--json", command->json, "Print JSON for scripts");
    sub->footer("Example:  basic-memory cloud upload ~/notes --project work --create-project");
    on_use(maker, sub, command, run_cloud_upload);
}

void add_mount(CLI::App& group, const CommandMaker& maker) {
    auto* mount = maker.command(group, "mount", "Show all projects of the cloud as a folder");
    auto command = std::make_shared<CloudMountCommand>();
    mount
        ->add_option("--profile", command->profile,
                     "How soon changes show: fast, balanced (the usual) or safe")
        ->check(CLI::IsMember({"fast", "balanced", "safe"}));
    mount->add_flag("--read-only", command->read_only, "Write nothing through it");
    auto* stays = mount->add_flag("--foreground,!--daemon", command->foreground,
                                  "Stay until Ctrl+C instead of going to the background");
    mount->add_flag("--json", command->json, "Print JSON for scripts")->excludes(stays);
    mount->add_option("--mount-point", command->mount_point)->group("");
    on_use(maker, mount, command, run_cloud_mount);

    auto* unmount = maker.command(group, "unmount", "Take that folder away; nothing is deleted");
    auto reports = std::make_shared<bool>(false);
    unmount->add_flag("--json", *reports, "Print JSON for scripts");
    on_use(maker, unmount, reports, run_cloud_unmount);

    auto* status = maker.command(group, "mount-status", "Show whether it is mounted, and by whom");
    auto json = std::make_shared<bool>(false);
    status->add_flag("--json", *json, "Print JSON for scripts");
    on_use(maker, status, json, run_cloud_mount_status);
}

}  // namespace

void add_cloud_file_words(CLI::App& group, const CommandMaker& maker) {
    add_upload(group, maker);
    add_mount(group, maker);
}

}  // namespace bm
