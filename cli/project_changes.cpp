#include <filesystem>
#include <iostream>
#include <string>
#include <vector>

#include <unistd.h>

#include "cli/cloud_commands.hpp"
#include "cli/commands.hpp"
#include "cli/confirmation.hpp"
#include "markdown/mime_type.hpp"
#include "sync/note_history.hpp"
#include "sync/read_only.hpp"
#include "sync/reconcile.hpp"

namespace bm {

namespace fs = std::filesystem;

namespace {

/// Folders that no "delete the notes too" may ever empty.
std::optional<std::string> too_precious(const fs::path& path, const Environment& environment,
                                        const DataDirectory& directory) {
    const fs::path folder = fs::weakly_canonical(path);
    const auto contains = [&folder](const fs::path& inner) {
        const fs::path below = fs::weakly_canonical(inner);
        return std::mismatch(folder.begin(), folder.end(), below.begin(), below.end()).first ==
               folder.end();
    };
    if (const auto home = environment("HOME"); home && contains(*home)) {
        return "it is the home directory or holds it";
    }
    if (contains(directory.root)) return "it holds the data directory";
    return std::nullopt;
}

std::optional<int> refused_in_cloud_mode(Application& application, const std::string& command) {
    if (!application.works_on_cloud()) return std::nullopt;
    return fail_command(application, "'" + command + "' command is not available in cloud mode");
}

}  // namespace

int run_project_add(Application& application, const ProjectAddCommand& command) {
    if (application.works_on_cloud()) return run_cloud_project_add(application, command);
    if (!command.path) return fail_command(application, "path argument is required in local mode");
    const auto added =
        application.knowledge().add_project(command.name, *command.path, command.make_default);
    if (!added) {
        application.terminal().error("Error adding project: " + added.error().message);
        return kExitFailure;
    }
    application.terminal().line("Project '" + added->project.name.str() +
                                (added->existed ? "' already exists" : "' added successfully"));
    return 0;
}

int run_project_remove(Application& application, const ProjectRemoveCommand& command) {
    if (application.works_on_cloud(command.name))
        return run_cloud_project_remove(application, command);
    KnowledgeBase& knowledge = application.knowledge();
    Terminal& terminal = application.terminal();
    const auto project = knowledge.find_project(command.name);
    if (project && command.delete_notes) {
        if (const auto refusal = why_read_only(knowledge, *project)) {
            terminal.error("Error removing project: " + refusal->message);
            return kExitFailure;
        }
        if (const auto reason =
                too_precious(project->path, application.environment(), application.directory())) {
            terminal.error("Error removing project: will not delete the files in " +
                           project->path.string() + ": " + *reason);
            return kExitFailure;
        }
        if (!command.yes && isatty(STDIN_FILENO) == 1 &&
            !confirmed(terminal, "Delete every file in " + project->path.string() + "?")) {
            terminal.line("Nothing was removed.");
            return kExitFailure;
        }
    }
    std::vector<RelativePath> doomed;
    if (project && command.delete_notes) {
        // What the index has not seen yet is to be kept, too.
        [[maybe_unused]] const auto seen = reconcile_project(knowledge, *project);
        doomed = notes_in(knowledge, *project);
    }
    const auto removed = knowledge.remove_project(command.name);
    if (!removed) {
        terminal.error("Error removing project: " + removed.error().message);
        return kExitFailure;
    }
    terminal.line("Project '" + removed->name + "' removed successfully");
    if (!project) {
        terminal.line("It had no folder on this computer.");
        return 0;
    }
    if (!command.delete_notes) {
        terminal.line("Note: Local files remain at " + removed->path.string());
        return 0;
    }
    // Whatever is left afterwards goes with the folder, or is told below.
    for (const auto& note : doomed) {
        [[maybe_unused]] const auto gone = remove_doomed(knowledge, *project, note);
    }
    std::error_code problem;
    fs::remove_all(removed->path, problem);
    if (problem) {
        terminal.error("Error removing project: its files could not be deleted: " +
                       problem.message());
        return kExitFailure;
    }
    terminal.line("Removed " + removed->path.string());
    return 0;
}

int run_project_default(Application& application, const std::string& name) {
    if (const auto refused = refused_in_cloud_mode(application, "default")) return *refused;
    const auto project = application.knowledge().set_default_project(name);
    if (!project) {
        application.terminal().error("Error setting default project: " + project.error().message);
        return kExitFailure;
    }
    application.terminal().line("Project '" + project->name.str() +
                                "' set as default successfully");
    return 0;
}

int run_project_sync_config(Application& application) {
    if (const auto refused = refused_in_cloud_mode(application, "sync-config")) return *refused;
    application.knowledge().projects();
    application.terminal().line(
        "Projects synchronized successfully between configuration and database");
    return 0;
}

int run_project_move(Application& application, const std::string& name, const std::string& path) {
    if (const auto refused = refused_in_cloud_mode(application, "move")) return *refused;
    const auto before = application.knowledge().find_project(name);
    const auto project = application.knowledge().set_project_path(name, path);
    if (!project) {
        application.terminal().error("Error moving project: " + project.error().message);
        return kExitFailure;
    }
    Terminal& terminal = application.terminal();
    terminal.line("Project '" + project->name.str() + "' updated successfully");
    if (!before) {
        terminal.line("Its folder is " + project->path.string() +
                      "; it had none on this computer until now.");
        return 0;
    }
    terminal.line("");
    terminal.line(terminal.bold("Manual File Movement Required"));
    terminal.line("No file was moved. Move them yourself:");
    terminal.line("  from  " + before->path.string());
    terminal.line("  to    " + project->path.string());
    return 0;
}

}  // namespace bm
