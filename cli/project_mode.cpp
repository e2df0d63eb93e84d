#include "cli/project_mode.hpp"

#include <algorithm>
#include <filesystem>

#include "cli/cloud_connection.hpp"
#include "cli/commands.hpp"
#include "cli/json_output.hpp"
#include "cloud/scope.hpp"
#include "cloud/token_file.hpp"
#include "repository/config_reading.hpp"
#include "sync/configured_projects.hpp"
#include "sync/inner_projects.hpp"

namespace bm {

namespace {

namespace fs = std::filesystem;

int fail_mode(Application& application, const Error& error) {
    return fail_command(application, error.message);
}

/// The project as config.json has it; prints what is wrong.
std::optional<ConfiguredProject> configured_project(Application& application,
                                                    const std::string& name) {
    const ConfigFile file(application.directory(), application.environment());
    const auto config = file.load();
    if (!config) {
        fail_mode(application, config.error());
        return std::nullopt;
    }
    if (application.environment()("BASIC_MEMORY_PROJECTS")) {
        fail_command(application,
                     "BASIC_MEMORY_PROJECTS names the projects: their modes cannot be changed");
        return std::nullopt;
    }
    const auto* entry = find_configured(*config, name);
    if (entry != nullptr) return *entry;
    fail_command(application, "Project '" + name + "' not found in config");
    return std::nullopt;
}

/// Prints what is missing where nobody is logged in.
bool has_credentials(Application& application) {
    const ConfigFile file(application.directory(), application.environment());
    const auto settings = load_cloud_settings(file, application.environment());
    const bool has_key = settings && settings->api_key;
    const bool is_free = has_key && settings->api_key_host == "*";
    if (has_key && !is_free) return true;
    if (TokenFile(token_file_of(application.directory())).load()) return true;
    fail_command(application,
                 is_free ? "The API key is not for any host yet" : "No cloud credentials found");
    application.terminal().error(is_free ? "Run: bm cloud login --host URL (it needs no browser)"
                                         : "Run: bm cloud login, or bm cloud api-key save KEY");
    return false;
}

/// Where a project was before it was set to the cloud; empty where nothing says it.
Result<fs::path> recorded_path(Application& application, const std::string& name) {
    const auto document = read_config_document(application.directory().config());
    if (!document) return tl::unexpected(document.error());
    if (!*document) return fs::path();
    const auto entries = (*document)->projects();
    if (!entries) return tl::unexpected(entries.error());
    for (const auto& entry : *entries) {
        if (entry.name != name) continue;
        for (const auto& written : {entry.path, entry.local_copy.value_or("")}) {
            const fs::path path = written.starts_with('~') || fs::path(written).is_absolute()
                                      ? expanded_path(written, application.environment())
                                      : fs::path();
            if (!path.empty()) return path;
        }
    }
    return fs::path();
}

Result<void> check_folder(Application& application, const std::string& name, const fs::path& path) {
    const ConfigFile file(application.directory(), application.environment());
    auto config = file.load();
    if (!config) return tl::unexpected(config.error());
    std::erase_if(config->projects, [&](const auto& each) { return each.name == name; });
    return check_nesting(path, application.directory().root, *config);
}

/// What is kept in step with the cloud and used here at the same time changes from two sides.
void warn_of_syncs(Application& application, const fs::path& path) {
    const ConfigFile file(application.directory(), application.environment());
    const auto settings = load_cloud_settings(file, application.environment());
    if (!settings) return;
    const fs::path real = resolved_path(path);
    const auto warn = [&](const std::string& what) {
        application.terminal().error("Warning: " + path.string() + " overlaps " + what +
                                     ", which is kept in step with the cloud.");
    };
    for (const CloudProject& attached : settings->projects) {
        const fs::path other = expanded_path(attached.local_path, application.environment());
        if (paths_overlap(real, resolved_path(other)))
            warn("the local path of project '" + attached.name + "' (" + other.string() + ")");
    }
    std::error_code ignored;
    if (fs::exists(settings->sync_dir, ignored) &&
        paths_overlap(real, resolved_path(settings->sync_dir)))
        warn("the cloud sync directory " + settings->sync_dir.string());
}

/// Rows follow the configuration; a scan finds the files again.
void let_rows_follow(Application& application) {
    [[maybe_unused]] const auto projects = application.knowledge().projects();
}

}  // namespace

int run_project_set_cloud(Application& application, const ProjectCloudCommand& command) {
    if (command.workspace && *command.workspace != "personal")
        return fail_command(application, "Workspace '" + *command.workspace + "' not found");
    const auto entry = configured_project(application, command.name);
    if (!entry) return kExitFailure;
    if (!has_credentials(application)) return kExitFailure;
    ConfigFile file(application.directory(), application.environment());
    const auto set = file.set("projects." + entry->name + ".mode", "\"cloud\"");
    if (!set) return fail_mode(application, set.error());
    let_rows_follow(application);
    const std::string done = "Project '" + entry->name + "' set to cloud mode";
    if (command.json) {
        print_change(application, {{"project", entry->name},
                                   {"mode", "cloud"},
                                   {"path", entry->path.string()},
                                   {"message", done}});
        return 0;
    }
    application.terminal().line(done);
    if (!entry->path.empty())
        application.terminal().line("Note: Local files remain at " + entry->path.string());
    return 0;
}

int run_project_set_local(Application& application, const ProjectLocalCommand& command) {
    const auto entry = configured_project(application, command.name);
    if (!entry) return kExitFailure;
    fs::path path;
    if (command.local_path) {
        path = expanded_path(*command.local_path, application.environment());
    } else {
        const auto recorded = recorded_path(application, entry->name);
        if (!recorded) return fail_mode(application, recorded.error());
        path = *recorded;
    }
    if (path.empty()) {
        return fail_command(application, "--local-path is required for '" + entry->name +
                                             "': it has had no folder here");
    }
    if (const auto free = check_folder(application, entry->name, path); !free)
        return fail_mode(application, free.error());
    ConfigFile file(application.directory(), application.environment());
    // In this order: a local project without a path is a file that nobody can read.
    const std::string key = "projects." + entry->name;
    if (const auto set = file.set(key + ".path", json_text(ConfigScalar(path.string()))); !set)
        return fail_mode(application, set.error());
    if (const auto set = file.set(key + ".mode", "\"local\""); !set)
        return fail_mode(application, set.error());
    let_rows_follow(application);
    warn_of_syncs(application, path);
    const std::string done = "Project '" + entry->name + "' set to local mode";
    if (command.json) {
        print_change(application, {{"project", entry->name},
                                   {"mode", "local"},
                                   {"path", path.string()},
                                   {"message", done}});
    } else {
        application.terminal().line(done);
        application.terminal().line("Path: " + path.string());
    }
    if (application.works_on_cloud(entry->name)) {
        application.terminal().error(
            "Note: cloud mode is on, so commands about it still go to the cloud. Use --local, or "
            "run: bm cloud logout");
    }
    return 0;
}

}  // namespace bm
