#include <string>

#include <nlohmann/json.hpp>

#include "cli/commands.hpp"
#include "markdown/file_naming.hpp"
#include "sync/scan.hpp"
#include "tools/json.hpp"
#include "tools/path_guard.hpp"

namespace bm {

namespace {

/// The size in ten columns and the path.
std::string file_line(const SeenFile& file) {
    constexpr std::size_t kSizeColumns = 10;
    std::string size = std::to_string(file.stamp.size);
    if (size.size() < kSizeColumns) size.insert(0, kSizeColumns - size.size(), ' ');
    return "  " + size + ' ' + printable(file.path.str());
}

}  // namespace

int run_project_files(Application& application, const ProjectFilesCommand& command) {
    if (application.works_on_cloud(command.name)) {
        return run_project_cloud_files(application, command.name, command.path.value_or(""),
                                       command.json);
    }
    const auto project = chosen_project(application, command.name);
    if (!project) return kExitFailure;
    const std::string typed = command.path.value_or("");
    if (!stays_inside(*project, typed)) {
        return fail_command(application, "Path must stay within the project root: " + typed);
    }
    const std::string path = normalized_path(typed);
    const IgnoreRules rules = application.knowledge().ignore_rules(*project);
    Terminal& terminal = application.terminal();
    const std::string place = project->name.str() + (path.empty() ? "" : "/" + path);
    std::size_t count = 0;
    Json list = Json::array();
    const auto print = [&](const SeenFile& file) {
        if (command.json) {
            list.push_back({{"path", file.path.str()}, {"size", file.stamp.size}});
            return;
        }
        if (count++ == 0) terminal.line("Files in " + place + ":");
        terminal.line(file_line(file));
    };
    if (const auto& why = rules.unknown_because()) return fail_command(application, *why);
    const auto seen = path.empty() ? scan_folder(project->path, rules, print)
                                   : scan_paths(project->path, rules, {path}, print);
    if (!seen) return fail_command(application, seen.error().message);
    for (const auto& folder : seen->unreadable_folders) {
        terminal.error("Warning: " + unreadable_sentence(folder, seen->hindrances));
    }
    if (command.json) {
        terminal.line(Json{{"ok", true},
                           {"project", project->name.str()},
                           {"path", path},
                           {"files", std::move(list)}}
                          .dump(2, ' ', true, Json::error_handler_t::replace));
        return 0;
    }
    terminal.line(count == 0 ? "No files found in " + place
                             : "Total: " + std::to_string(count) + " files");
    return 0;
}

}  // namespace bm
