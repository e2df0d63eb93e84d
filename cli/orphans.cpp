#include <nlohmann/json.hpp>

#include "cli/cloud_connection.hpp"
#include "cli/upkeep_commands.hpp"

namespace bm {

int run_orphans(Application& application, const OrphansCommand& command) {
    if (const auto refused = refused_on_cloud(application, "orphans", command.project))
        return *refused;
    const auto project = chosen_project(application, command.project);
    if (!project) return kExitFailure;
    index_what_is_unscanned(application, project->name.str());
    const auto orphans = application.knowledge().index().read(
        [&](Tables& tables) { return tables.statistics.isolated(project->id); });
    if (command.json) {
        Json list = Json::array();
        for (const Entity& each : orphans) {
            list.push_back({{"title", each.title},
                            {"permalink", each.permalink ? Json(*each.permalink) : Json(nullptr)},
                            {"file_path", each.path.str()},
                            {"type", each.type}});
        }
        const Json report = {
            {"project", project->name.str()}, {"total", orphans.size()}, {"orphans", list}};
        application.terminal().line(report.dump(2, ' ', true, Json::error_handler_t::replace));
        return 0;
    }
    if (orphans.empty()) {
        application.terminal().line("No orphan entities in project '" + project->name.str() + "'");
        return 0;
    }
    Terminal::Table table{project->name.str() + ": Entities Without Relations (" +
                              std::to_string(orphans.size()) + " total)",
                          {"Title", "File Path", "Type"},
                          {}};
    for (const Entity& each : orphans) {
        table.rows.push_back({each.title, each.path.str(), each.type});
    }
    application.terminal().table(table);
    return 0;
}

}  // namespace bm
