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
    sub->footer("Example:  basic-memory cloud upload ~/notes --project work --create-project");
    sub->callback([maker, command] {
        maker.choose([command](Application& app) { return run_cloud_upload(app, *command); });
    });
}

}  // namespace

void add_cloud_file_words(CLI::App& group, const CommandMaker& maker) {
    add_upload(group, maker);
}

}  // namespace bm
