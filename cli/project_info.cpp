#include "tools/project_info.hpp"

#include <nlohmann/json.hpp>

#include "cli/cloud_commands.hpp"
#include "cli/commands.hpp"
#include "repository/clock.hpp"

namespace bm {

namespace {

void counts_table(Terminal& terminal, const std::string& title, const std::string& what,
                  const std::map<std::string, std::int64_t>& counts) {
    if (counts.empty()) return;
    Terminal::Table table{title, {what, "Count"}, {}};
    for (const auto& [name, count] : counts) table.rows.push_back({name, std::to_string(count)});
    terminal.line("");
    terminal.table(table);
}

void print_info(Application& application, const Project& project,
                const ProjectStatistics& statistics) {
    Terminal& terminal = application.terminal();
    KnowledgeBase& knowledge = application.knowledge();
    const std::string home = application.environment()("HOME").value_or("");
    terminal.line(terminal.bold("Basic Memory Project Info"));
    terminal.line(std::string("Version:          ") + kVersion);
    terminal.line("Project:          " + project.name.str());
    terminal.line("Path:             " + with_home_as_tilde(project.path.string(), home));
    terminal.line("Default Project:  " + knowledge.config()->default_project);
    terminal.line("");
    terminal.table({"Statistics",
                    {"Metric", "Count"},
                    {{"Entities", std::to_string(statistics.entities)},
                     {"Observations", std::to_string(statistics.observations)},
                     {"Relations", std::to_string(statistics.relations)},
                     {"Unresolved Relations", std::to_string(statistics.unresolved_relations)},
                     {"Isolated Entities", std::to_string(statistics.isolated_entities)}}});
    counts_table(terminal, "Entity Types", "Type", statistics.entity_types);
    if (!statistics.most_connected.empty()) {
        Terminal::Table table{"Most Connected Entities", {"Title", "Permalink", "Relations"}, {}};
        for (const auto& connected : statistics.most_connected) {
            table.rows.push_back({connected.entity.title, connected.entity.permalink.value_or(""),
                                  std::to_string(connected.relations)});
        }
        terminal.line("");
        terminal.table(table);
    }
    if (!statistics.recently_updated.empty()) {
        constexpr std::size_t kShown = 5;
        Terminal::Table table{"Recent Activity", {"Title", "Type", "Updated"}, {}};
        for (std::size_t i = 0; i < statistics.recently_updated.size() && i < kShown; ++i) {
            const auto& entity = statistics.recently_updated[i];
            table.rows.push_back({entity.title, entity.type, local_minute(entity.updated)});
        }
        terminal.line("");
        terminal.table(table);
    }
    Terminal::Table available{"Available Projects", {"Name", "Path", "Default"}, {}};
    for (const auto& other : knowledge.projects()) {
        available.rows.push_back({other.name.str(), with_home_as_tilde(other.path.string(), home),
                                  other.is_default ? "[X]" : ""});
    }
    terminal.line("");
    terminal.table(available);
    terminal.line("");
    terminal.line("Timestamp: " + local_minute(knowledge.now()));
}

}  // namespace

int run_project_info(Application& application, const std::string& name, bool json) {
    if (application.works_on_cloud(name)) return run_cloud_project_info(application, name, json);
    const auto project = application.knowledge().find_project(name);
    if (!project) {
        application.terminal().name_failure("project_not_found");
        application.terminal().error("Error getting project info: Project '" + name +
                                     "' not found.");
        return kExitFailure;
    }
    index_what_is_unscanned(application, project->name.str());
    if (json) {
        application.terminal().line(project_info_json(application.knowledge(), *project, kVersion)
                                        .dump(2, ' ', true, Json::error_handler_t::replace));
        return 0;
    }
    const auto statistics = application.knowledge().index().read(
        [&](Tables& tables) { return tables.statistics.of(project->id); });
    print_info(application, *project, statistics);
    return 0;
}

}  // namespace bm
