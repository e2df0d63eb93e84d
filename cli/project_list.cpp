#include <algorithm>

#include <nlohmann/json.hpp>

#include "cli/cloud_commands.hpp"
#include "cli/commands.hpp"
#include "markdown/permalink.hpp"
#include "sync/read_only.hpp"

namespace bm {

namespace {

/// An entry of the configuration that no project stands for, because it has no local path.
Json pathless_json(const ConfiguredProject& entry) {
    const std::string_view route = entry.cloud ? "cloud" : "local";
    return {{"name", entry.name},      {"permalink", slug(entry.name)},
            {"external_id", nullptr},  {"local_path", nullptr},
            {"cloud_path", nullptr},   {"cli_route", route},
            {"mcp_stdio", route},      {"sync", false},
            {"sync_supported", false}, {"sync_reason", nullptr},
            {"local_usage", nullptr},  {"is_default", false},
            {"sync_state", nullptr},   {"last_sync", nullptr}};
}

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
    if (application.works_on_cloud()) return run_cloud_project_list(application, json);
    const auto projects = application.knowledge().projects();
    const auto config = application.knowledge().config();
    const auto row_of = [&](const ConfiguredProject& entry) {
        return std::find_if(projects.begin(), projects.end(), [&](const Project& project) {
            return project.name.str() == entry.name;
        });
    };
    if (json) {
        Json list = Json::array();
        for (const auto& entry : config->projects) {
            const auto row = row_of(entry);
            list.push_back(row == projects.end() ? pathless_json(entry)
                                                 : project_json(*row, entry.cloud));
            if (is_read_only(*config, entry.name)) list.back()["read_only"] = true;
        }
        application.terminal().line(Json{{"projects", std::move(list)}}.dump(2, ' ', true));
        return 0;
    }
    const std::string home = application.environment()("HOME").value_or("");
    Terminal::Table table{"Basic Memory Projects", {"Name", "Path", "Default"}, {}};
    for (const auto& entry : config->projects) {
        const auto row = row_of(entry);
        if (row == projects.end()) {
            table.rows.push_back(
                {entry.name, entry.cloud ? "(cloud only)" : "(no absolute path: skipped)", ""});
            continue;
        }
        const char* const mark = is_read_only(*config, entry.name) ? " (read-only)" : "";
        table.rows.push_back({row->name.str(), with_home_as_tilde(row->path.string(), home) + mark,
                              row->is_default ? "[X]" : ""});
    }
    application.terminal().table(table);
    return 0;
}

}  // namespace bm
