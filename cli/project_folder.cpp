#include "cli/project_folder.hpp"

#include "cli/application.hpp"
#include "cli/cloud_sync_commands.hpp"
#include "cli/json_output.hpp"
#include "cli/sync_session.hpp"
#include "cloud/attachment.hpp"
#include "cloud/shell_word.hpp"

// Folders here that projects in the cloud are kept in step with.

namespace bm {

void tell_attached(Terminal& terminal, const std::string& name, const std::filesystem::path& path,
                   const std::vector<std::string>& done) {
    for (const auto& line : done) terminal.line(line);
    terminal.line("Sync configured for project '" + name + "'");
    terminal.line("Local sync path: " + path.string());
    terminal.line("Next: bm project bisync --name " + shell_word(name) + " --resync --dry-run");
    terminal.line("Then: bm project bisync --name " + shell_word(name) + " --resync");
}

int run_project_sync_setup(Application& application, const SyncSetupCommand& command) {
    const CloudWork work{"bm project sync-setup", true, false, command.json, false, command.name};
    if (command.name.empty())
        return tell_failure(application, {CloudFault::usage, "Name a project.", ""}, work);
    if (command.remove == command.path.has_value()) {
        return tell_failure(application,
                            {CloudFault::usage, "Give a path, or --remove and no path", ""}, work);
    }
    return with_cloud(application, work, [&](SyncContext& context, HostView& view) {
        const auto path = command.remove ? std::filesystem::path()
                                         : expanded_path(*command.path, application.environment());
        const auto done = command.remove ? detach_project(context, view, command.name)
                                         : attach_project(context, view, command.name, path);
        if (!done) return tell_failure(application, done.error(), work);
        if (command.json) {
            print_change(application,
                         {{"project", command.name},
                          {"local_sync_path", command.remove ? ChangeValue(std::monostate())
                                                             : ChangeValue(path.string())},
                          {"done", *done}});
        } else if (command.remove) {
            for (const auto& line : *done) application.terminal().line(line);
        } else {
            tell_attached(application.terminal(), command.name, path, *done);
        }
        return 0;
    });
}

int run_project_bisync_reset(Application& application, const BisyncResetCommand& command) {
    const std::string& name = command.name;
    const CloudWork work{"bm project bisync-reset", true, false, command.json, false, name};
    if (name.empty())
        return tell_failure(application, {CloudFault::usage, "Name a project.", ""}, work);
    return with_cloud(application, work, [&](SyncContext& context, HostView& view) {
        const auto* attached = context.settings.find_attached(name);
        const auto* known = view.find(name);
        const HostProject project = known != nullptr ? *known : HostProject{name, "", "", false};
        const auto scope =
            project_scope(context.settings, view.tenant, project,
                          attached != nullptr ? attached->local_path : std::filesystem::path());
        const auto reset = reset_scope(scope);
        if (!reset) return tell_failure(application, reset.error(), work);
        if (attached != nullptr) {
            if (const auto noted = context.config.note_sync(attached->name, std::nullopt, false);
                !noted) {
                return tell_failure(application, noted.error(), work);
            }
        }
        if (command.json) {
            print_change(application,
                         {{"scope", "project"}, {"project", name}, {"had_state", *reset}});
            return 0;
        }
        application.terminal().line((*reset ? "Cleared bisync state for project '"
                                            : "No bisync state found for project '") +
                                    name + "'");
        return 0;
    });
}

}  // namespace bm
