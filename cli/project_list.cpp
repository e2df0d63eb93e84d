#include <nlohmann/json.hpp>

#include "cli/commands.hpp"

namespace bm {

namespace {

Json project_json(const Project& project, bool cloud) {
    return {{"name", project.name.str()},
            {"permalink", project.permalink},
            {"external_id", project.external_id},
            {"local_path", project.path.string()},
            {"cloud_path", nullptr},
            {"cli_route", cloud ? "cloud" : "local"},
            {"mcp_stdio", cloud ? "cloud" : "local"},
            {"sync", false},
            {"sync_supported", false},
            {"sync_reason", nullptr},
            {"local_usage", nullptr},
            {"is_default", project.is_default},
            {"sync_state", nullptr},
            {"last_sync", nullptr}};
}

}  // namespace

int run_project_list(Application& application, bool json) {
    const auto projects = application.knowledge().projects();
    const auto config = application.knowledge().config();
    if (json) {
        Json list = Json::array();
        for (const auto& project : projects) {
            const auto* entry = find_configured(*config, project.name.str());
            list.push_back(project_json(project, entry != nullptr && entry->cloud));
        }
        application.terminal().line(Json{{"projects", std::move(list)}}.dump(2, ' ', true));
        return 0;
    }
    const std::string home = application.environment()("HOME").value_or("");
    Terminal::Table table{"Basic Memory Projects", {"Name", "Path", "Default"}, {}};
    for (const auto& project : projects) {
        table.rows.push_back({project.name.str(), with_home_as_tilde(project.path.string(), home),
                              project.is_default ? "[X]" : ""});
    }
    application.terminal().table(table);
    return 0;
}

}  // namespace bm
