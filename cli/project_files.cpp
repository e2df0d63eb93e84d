#include <string>

#include "cli/commands.hpp"
#include "markdown/file_naming.hpp"
#include "sync/scan.hpp"
#include "tools/path_guard.hpp"

namespace bm {

namespace {

/// The size in ten columns and the path.
std::string file_line(const SeenFile& file) {
    constexpr std::size_t kSizeColumns = 10;
    std::string size = std::to_string(file.stamp.size);
    if (size.size() < kSizeColumns) size.insert(0, kSizeColumns - size.size(), ' ');
    return "  " + size + ' ' + file.path.str();
}

}  // namespace

int run_project_files(Application& application, const ProjectFilesCommand& command) {
    const auto project = chosen_project(application, command.name);
    if (!project) return kExitFailure;
    const std::string typed = command.path.value_or("");
    if (!stays_inside(*project, typed)) {
        return fail_command(application, "Path must stay within the project root: " + typed);
    }
    const std::string path = normalized_path(typed);
    const IgnoreRules rules = application.knowledge().ignore_rules(*project);
    std::vector<std::string> lines;
    const FileSink list = [&](const SeenFile& file) { lines.push_back(file_line(file)); };
    const auto seen = path.empty() ? scan_folder(project->path, rules, list)
                                   : scan_paths(project->path, rules, {path}, list);
    if (!seen) return fail_command(application, seen.error().message);
    Terminal& terminal = application.terminal();
    const std::string place = project->name.str() + (path.empty() ? "" : "/" + path);
    for (const auto& folder : seen->unreadable_folders) {
        terminal.error("Warning: cannot read the folder " + (folder.empty() ? "/" : folder));
    }
    if (lines.empty()) {
        terminal.line("No files found in " + place);
        return 0;
    }
    terminal.line("Files in " + place + ":");
    for (const auto& line : lines) terminal.line(line);
    terminal.line("Total: " + std::to_string(lines.size()) + " files");
    return 0;
}

}  // namespace bm
