#include <algorithm>
#include <filesystem>
#include <iostream>
#include <string>
#include <vector>

#include <unistd.h>

#include "cli/cloud_commands.hpp"
#include "cli/cloud_connection.hpp"
#include "cli/commands.hpp"
#include "cli/confirmation.hpp"
#include "cli/json_output.hpp"
#include "cli/project_read_only.hpp"
#include "cloud/shell_word.hpp"
#include "markdown/mime_type.hpp"
#include "repository/config_document.hpp"
#include "sync/configured_projects.hpp"
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
    if (command.read_only) {
        const auto refused = refused_on_cloud(application, "project add --read-only");
        if (refused) return *refused;
    }
    if (application.works_on_cloud()) return run_cloud_project_add(application, command);
    if (application.works_on_cloud(command.name)) {
        fail_command(application, "Project '" + command.name + "' is used on the cloud.");
        application.terminal().error("Use it here: bm project set-local " +
                                     shell_word(command.name) + " --local-path FOLDER");
        return kExitFailure;
    }
    if (!command.path) return fail_command(application, "path argument is required in local mode");
    const auto added =
        application.knowledge().add_project(command.name, *command.path, command.make_default);
    if (!added) {
        application.terminal().error("Error adding project: " + added.error().message);
        return kExitFailure;
    }
    const std::string name = added->project.name.str();
    const std::string done =
        "Project '" + name + (added->existed ? "' already exists" : "' added successfully");
    if (command.read_only) {
        const auto set = set_project_read_only(application, name, *command.read_only);
        if (!set) return fail_command(application, done + ", but: " + set.error().message);
    }
    if (command.json) {
        ChangeFields fields{{"project", name},
                            {"path", added->project.path.string()},
                            {"existed", added->existed},
                            {"message", done}};
        if (command.read_only) fields.emplace_back("read_only", *command.read_only);
        print_change(application, fields);
        return 0;
    }
    application.terminal().line(done);
    if (command.read_only) {
        application.terminal().line(*command.read_only
                                        ? "It is read-only: no command and no tool changes it."
                                        : "Commands and tools may change it.");
    }
    return 0;
}

std::optional<int> refused_unasked_removal(Application& application,
                                           const ProjectRemoveCommand& command) {
    if (!command.json || !command.delete_notes || command.yes) return std::nullopt;
    fail_command(application, "with --json nobody is asked: give --yes, too.");
    return kExitUsage;
}

int run_project_remove(Application& application, const ProjectRemoveCommand& command) {
    if (application.works_on_cloud(command.name))
        return run_cloud_project_remove(application, command);
    if (const auto refused = refused_unasked_removal(application, command)) return *refused;
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
    const std::string done = "Project '" + removed->name + "' removed successfully";
    const bool deletes = project && command.delete_notes;
    if (!command.json) terminal.line(done);
    if (!command.json && !project) terminal.line("It had no folder on this computer.");
    if (!command.json && project && !deletes)
        terminal.line("Note: Local files remain at " + removed->path.string());
    // Whatever is left afterwards goes with the folder, or is told below.
    for (const auto& note : doomed) {
        [[maybe_unused]] const auto gone = remove_doomed(knowledge, *project, note);
    }
    std::error_code problem;
    if (deletes) fs::remove_all(removed->path, problem);
    if (problem) {
        terminal.error("Error removing project: its files could not be deleted: " +
                       problem.message());
        return kExitFailure;
    }
    if (command.json) {
        print_change(application, {{"project", removed->name},
                                   {"path", removed->path.string()},
                                   {"deleted_notes", deletes},
                                   {"message", done}});
    } else if (deletes) {
        terminal.line("Removed " + removed->path.string());
    }
    return 0;
}

int run_project_default(Application& application, const ProjectDefaultCommand& command) {
    if (const auto refused = refused_in_cloud_mode(application, "default")) return *refused;
    const auto project = application.knowledge().set_default_project(command.name);
    if (!project) {
        application.terminal().error("Error setting default project: " + project.error().message);
        return kExitFailure;
    }
    const std::string done = "Project '" + project->name.str() + "' set as default successfully";
    if (command.json) {
        print_change(application, {{"project", project->name.str()}, {"message", done}});
    } else {
        application.terminal().line(done);
    }
    return 0;
}

int run_project_sync_config(Application& application, bool json) {
    if (const auto refused = refused_in_cloud_mode(application, "sync-config")) return *refused;
    application.knowledge().projects();
    const std::string done =
        "Projects synchronized successfully between configuration and database";
    if (json) {
        print_change(application, {{"message", done}});
    } else {
        application.terminal().line(done);
    }
    return 0;
}

namespace {

/// Of a project that is used on the cloud: the folder in which it would be used here. The one that
/// it is kept in step with, if any, is another matter.
int move_on_cloud(Application& application, const ProjectMoveCommand& command,
                  const ConfiguredProject& entry) {
    const fs::path path = expanded_path(command.path, application.environment());
    ConfigFile file(application.directory(), application.environment());
    const auto attached = file.cloud_projects();
    if (!attached) return fail_command(application, attached.error().message);
    if (std::any_of(attached->begin(), attached->end(),
                    [&](const CloudProject& each) { return each.name == entry.name; })) {
        fail_command(application, "Project '" + entry.name + "' is kept in step with the cloud.");
        application.terminal().error("Run: bm project sync-setup " + shell_word(entry.name) + ' ' +
                                     shell_word(path.string()));
        return kExitFailure;
    }
    const auto set =
        file.set("projects." + entry.name + ".path", json_text(ConfigScalar(path.string())));
    if (!set) return fail_command(application, set.error().message);
    const std::string done = "Project '" + entry.name + "' updated successfully";
    if (command.json) {
        print_change(application,
                     {{"project", entry.name}, {"path", path.string()}, {"message", done}});
        return 0;
    }
    application.terminal().line(done);
    application.terminal().line("It is used on the cloud. Its folder here, once it is needed: " +
                                path.string());
    application.terminal().line("Use it here: bm project set-local " + shell_word(entry.name));
    return 0;
}

/// What is left to do by hand, if anything.
void tell_of_files(Terminal& terminal, const fs::path& from, const fs::path& to) {
    if (from == to) return;
    std::error_code problem;
    terminal.line("");
    if (fs::is_empty(from, problem) || problem == std::errc::no_such_file_or_directory) {
        terminal.line("There was nothing in " + from.string() + ".");
        return;
    }
    terminal.line(terminal.bold("Manual File Movement Required"));
    terminal.line("No file was moved. Move them yourself:");
    terminal.line("  from  " + from.string());
    terminal.line("  to    " + to.string());
}

}  // namespace

int run_project_move(Application& application, const ProjectMoveCommand& command) {
    if (const auto refused = refused_in_cloud_mode(application, "move")) return *refused;
    const auto config = application.knowledge().config();
    const auto* entry = find_configured(*config, command.name);
    if (entry != nullptr && entry->cloud) return move_on_cloud(application, command, *entry);
    const auto before = application.knowledge().find_project(command.name);
    const auto project = application.knowledge().set_project_path(command.name, command.path);
    if (!project) {
        application.terminal().error("Error moving project: " + project.error().message);
        return kExitFailure;
    }
    Terminal& terminal = application.terminal();
    const std::string done = "Project '" + project->name.str() + "' updated successfully";
    if (command.json) {
        print_change(application, {{"project", project->name.str()},
                                   {"path", project->path.string()},
                                   {"path_before", before ? before->path.string() : ""},
                                   {"message", done}});
        return 0;
    }
    terminal.line(done);
    if (!before) {
        terminal.line("Its folder is " + project->path.string() +
                      "; it had none on this computer until now.");
        return 0;
    }
    tell_of_files(terminal, before->path, project->path);
    return 0;
}

}  // namespace bm
