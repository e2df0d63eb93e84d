#include "cli/project_read_only.hpp"

#include "cli/cloud_connection.hpp"
#include "cli/commands.hpp"
#include "sync/configured_projects.hpp"

namespace bm {

int run_project_read_only(Application& application, const ProjectReadOnlyCommand& command) {
    if (const auto refused = refused_on_cloud(application, "project add --read-only")) {
        return *refused;
    }
    const auto config = application.knowledge().config();
    const auto* entry = find_configured(*config, command.name);
    const std::string known = entry == nullptr ? command.name : entry->name;
    ConfigFile file(application.directory(), application.environment());
    const auto set =
        file.set("projects." + known + ".read_only", command.read_only ? "true" : "false");
    if (!set) return fail_command(application, set.error().message);
    if (command.json) return 0;
    application.terminal().line(command.read_only
                                    ? "It is read-only: no command and no tool changes it."
                                    : "Commands and tools may change it.");
    return 0;
}

}  // namespace bm
