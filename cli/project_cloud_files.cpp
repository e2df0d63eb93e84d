#include <cstdio>
#include <string>

#include <nlohmann/json.hpp>

#include "cli/application.hpp"
#include "cli/cloud_sync_commands.hpp"
#include "cli/commands.hpp"
#include "cli/sync_session.hpp"
#include "cloud/project_sync.hpp"

// Files of projects in the cloud: what there is, and copies within a project.

namespace bm {

namespace {

using FilesJson = nlohmann::ordered_json;

void print_files_json(Application& application, const FilesJson& object) {
    application.terminal().line(object.dump(2, ' ', true, FilesJson::error_handler_t::replace));
}

}  // namespace

int run_project_copy(Application& application, const ProjectCopyCommand& command) {
    const CloudWork work{"bm project copy", !command.dry_run, false, command.json, false,
                         command.name};
    return with_cloud(application, work, [&](SyncContext& context, HostView& view) {
        const auto to = copy_in_project(context, view, command.name,
                                        {command.from, command.to, command.dry_run, command.force});
        if (!to) {
            (void)tell_failure(application, to.error(), work);
            return kExitFailure;
        }
        CloudReport report;
        if (!command.dry_run) notify_index(context, {*view.find(command.name)}, report);
        if (command.json) {
            print_files_json(application, {{"ok", true},
                                           {"project", command.name},
                                           {"dry_run", command.dry_run},
                                           {"from", command.from},
                                           {"to", *to},
                                           {"warnings", report.warnings}});
            return 0;
        }
        if (command.dry_run) {
            application.terminal().line("DRY RUN MODE - No changes will be made");
            application.terminal().line("would copy: " + command.from + " → " + *to);
            return 0;
        }
        application.terminal().line("Copied " + command.from + " → " + *to);
        for (const auto& warning : report.warnings) {
            application.terminal().error("Warning: " + warning);
        }
        return 0;
    });
}

int run_project_cloud_files(Application& application, const std::string& name,
                            const std::string& path, bool json) {
    const CloudWork work{"bm project ls", false, false, json, false, name};
    return with_cloud(application, work, [&](SyncContext& context, HostView& view) {
        const auto files = list_project(context, view, name, path);
        if (!files) {
            (void)tell_failure(application, files.error(), work);
            return kExitFailure;
        }
        if (json) {
            FilesJson list = FilesJson::array();
            for (const auto& [file, entry] : *files)
                list.push_back({{"path", file}, {"size", entry.size}});
            print_files_json(application,
                             {{"ok", true}, {"project", name}, {"path", path}, {"files", list}});
            return 0;
        }
        const std::string place = path.empty() ? name : name + "/" + path;
        if (files->empty()) {
            application.terminal().line("No files found in " + place);
            return 0;
        }
        application.terminal().line("Files in " + place + ":");
        for (const auto& [file, entry] : *files) {
            char size[32];  // NOLINT: filled by snprintf
            std::snprintf(size, sizeof size, "%10lld", static_cast<long long>(entry.size));
            application.terminal().line(std::string("  ") + size + " " + printable(file));
        }
        application.terminal().line("Total: " + std::to_string(files->size()) + " files");
        return 0;
    });
}

}  // namespace bm
