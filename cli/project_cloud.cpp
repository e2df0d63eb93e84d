#include <algorithm>

#include <nlohmann/json.hpp>

#include "cli/application.hpp"
#include "cli/cloud_sync_commands.hpp"
#include "cli/commands.hpp"
#include "cli/sync_session.hpp"
#include "cloud/project_sync.hpp"
#include "cloud/shell_word.hpp"
#include "cloud/sync_profile.hpp"

namespace bm {

namespace {

using RunOne = std::function<CloudReport(SyncContext&, const HostView&, const std::string& name,
                                         const SyncWish&)>;

constexpr std::size_t kNamesOfAList = 20;

/// `--name` or `--all`, never both.
std::optional<CloudFailure> wrong_choice(const ProjectSyncCommand& command) {
    if (command.name && command.all) {
        return CloudFailure{CloudFault::usage, "--name and --all exclude each other", ""};
    }
    if (!command.name && !command.all) {
        return CloudFailure{CloudFault::usage, "Either --name or --all is required", ""};
    }
    if (command.profile && !find_profile(*command.profile)) {
        return CloudFailure{
            CloudFault::usage,
            "Unknown profile: " + *command.profile + ". Choose safe, balanced or fast.", ""};
    }
    return std::nullopt;
}

SyncWish wish_for(const ProjectSyncCommand& command, const std::string& words,
                  const std::string& name) {
    SyncWish wish;
    wish.profile = command.profile.value_or("balanced");
    wish.command = words + " --name " + shell_word(name);
    wish.dry_run = command.dry_run;
    wish.resync = command.resync;
    wish.force = command.force;
    wish.yes = command.yes;
    wish.delete_excluded = command.delete_excluded;
    return wish;
}

/// In the host's order; those that only the settings know come last.
std::vector<std::string> names_for_all(const SyncContext& context, const HostView& view) {
    std::vector<std::string> names;
    for (const auto& project : view.projects) names.push_back(project.name);
    for (const auto& attached : context.settings.attached) {
        if (view.find(attached.name) == nullptr) names.push_back(attached.name);
    }
    return names;
}

struct Batch {
    std::string words;    ///< `bm project bisync`
    std::string heading;  ///< `Bisync`
    std::string done;     ///< `bisync completed successfully`
};

int run_batch(Application& application, const ProjectSyncCommand& command, const Batch& batch,
              const RunOne& run_one) {
    const CloudWork work{batch.words, true, false, command.json, false, command.name};
    if (const auto wrong = wrong_choice(command)) return tell_failure(application, *wrong, work);
    return with_cloud(application, work, [&](SyncContext& context, HostView& view) {
        Terminal& terminal = application.terminal();
        const auto names =
            command.all ? names_for_all(context, view) : std::vector<std::string>{*command.name};
        std::vector<CloudReport> reports;
        std::size_t skipped = 0;
        for (const auto& name : names) {
            if (command.all && context.settings.find_attached(name) == nullptr) {
                ++skipped;
                context.tell("Skipping " + name + ": no local_sync_path");
                continue;
            }
            if (command.all && !command.json) terminal.line(batch.heading + " " + name + "...");
            reports.push_back(run_one(context, view, name, wish_for(command, batch.words, name)));
            const auto& report = reports.back();
            if (!command.json) {
                print_report(application, report, command.verbose,
                             report.resync
                                 ? "✓ Initial sync baseline established"
                                 : name + " " + batch.done + " (" + summary_text(report) + ")");
            }
            if (context.stop.was_made()) break;
        }
        int code = 0;
        std::size_t failed = 0;
        for (const auto& report : reports) {
            code = std::max(code, exit_code_of(report));
            failed += report.ok() ? 0 : 1;
        }
        if (command.json) {
            terminal.line(command.all || reports.empty() ? reports_json(reports)
                                                         : report_json(reports[0]));
        } else if (command.all) {
            terminal.line(std::to_string(reports.size() - failed) + " succeeded, " +
                          std::to_string(failed) + " failed, " + std::to_string(skipped) +
                          " skipped");
        }
        return code;
    });
}

void print_names(Terminal& terminal, const std::string& heading,
                 const std::vector<std::string>& names, const SideComparison& found, bool all) {
    if (names.empty()) return;
    terminal.line(heading + " (" + std::to_string(names.size()) + "):");
    for (std::size_t i = 0; i < names.size() && (all || i < kNamesOfAList); ++i) {
        const bool fresh = std::find(found.just_changed.begin(), found.just_changed.end(),
                                     names[i]) != found.just_changed.end();
        terminal.line("  " + printable(names[i]) + (fresh ? " (just changed)" : ""));
    }
    if (!all && names.size() > kNamesOfAList) {
        terminal.line("  and " + std::to_string(names.size() - kNamesOfAList) + " more");
    }
}

using ProjectJson = nlohmann::ordered_json;

ProjectJson comparison_json(const SideComparison& found) {
    return {{"ok", true},
            {"equal", found.is_equal()},
            {"only_local", found.only_local},
            {"only_cloud", found.only_cloud},
            {"different", found.different},
            {"just_changed", found.just_changed}};
}

void print_object(Application& application, const ProjectJson& object) {
    application.terminal().line(object.dump(2, ' ', true, ProjectJson::error_handler_t::replace));
}

/// One object for all of them.
int check_all_in_json(Application& application, SyncContext& context, const HostView& view,
                      const ProjectSyncCommand& command) {
    bool ok = true;
    int code = 0;
    ProjectJson results = ProjectJson::array();
    for (const auto& name : names_for_all(context, view)) {
        if (context.settings.find_attached(name) == nullptr) continue;
        const auto found = compare_project(context, view, name, command.one_way);
        ProjectJson result;
        if (found) {
            result = comparison_json(*found);
            if (!found->is_equal() && command.exit_code) code = kExitFailure;
        } else {
            CloudReport report;
            report.failure = found.error();
            result = ProjectJson::parse(report_json(report));
            code = std::max(code, exit_code_of(report));
            ok = false;
        }
        result["project"] = name;
        results.push_back(std::move(result));
    }
    print_object(application, {{"ok", ok}, {"results", std::move(results)}});
    return code;
}

}  // namespace

int print_comparison(Application& application, const SideComparison& found,
                     const ComparisonView& view) {
    Terminal& terminal = application.terminal();
    const int code = found.is_equal() || !view.exit_code ? 0 : kExitFailure;
    if (view.json) {
        print_object(application, comparison_json(found));
        return code;
    }
    if (view.verbose) terminal.line("Command: " + found.command);
    if (found.is_equal()) {
        terminal.line(view.project.empty() ? "✓ All files match between local and cloud"
                                           : view.project + " files match");
        return code;
    }
    terminal.line(view.project.empty() ? "⚠ Differences found:"
                                       : "!" + view.project + " has differences");
    print_names(terminal, "Only local", found.only_local, found, view.verbose);
    print_names(terminal, "Only in cloud", found.only_cloud, found, view.verbose);
    print_names(terminal, "Different", found.different, found, view.verbose);
    terminal.line("To sync differences, run: " + view.sync_command);
    return code;
}

ProjectSyncCommand asked_of_projects(const CloudBisyncCommand& command,
                                     const std::optional<std::string>& name, bool all) {
    ProjectSyncCommand own;
    own.name = name;
    own.all = all;
    own.profile = command.profile;
    own.dry_run = command.dry_run;
    own.resync = command.resync;
    own.verbose = command.verbose;
    own.force = command.force;
    own.yes = command.yes;
    own.json = command.json;
    return own;
}

int run_project_sync(Application& application, const ProjectSyncCommand& command) {
    return run_batch(application, command, {"bm project sync", "Syncing", "synced successfully"},
                     push_project);
}

int run_project_bisync(Application& application, const ProjectSyncCommand& command) {
    return run_batch(application, command,
                     {"bm project bisync", "Bisync", "bisync completed successfully"},
                     bisync_project);
}

int run_cloud_sync_of(Application& application, const std::string& project,
                      const CloudBisyncCommand& command) {
    bool has_folder = false;
    const CloudWork work{"bm sync", false, false, command.json, false, project};
    const int code = with_cloud(application, work, [&](SyncContext& context, HostView& view) {
        has_folder = context.settings.find_attached(project) != nullptr;
        if (has_folder) return 0;
        const auto* known = view.find(project);
        if (known == nullptr) {
            return tell_failure(application,
                                {CloudFault::project_not_found,
                                 "Project '" + project + "' not found", "See: bm project list"},
                                work);
        }
        CloudReport report;
        report.project = known->name;
        report.dry_run = command.dry_run;
        if (!command.dry_run) {
            const auto started = context.host.start_index(*known);
            if (!started) return tell_failure(application, started.error(), work);
        }
        if (command.json) {
            application.terminal().line(report_json(report));
        } else if (command.dry_run) {
            application.terminal().line("DRY RUN MODE - No changes will be made");
            application.terminal().line("would index '" + known->name + "' on the host");
        } else {
            application.terminal().line("Indexing of '" + known->name +
                                        "' has started on the host");
        }
        return 0;
    });
    if (!has_folder) return code;
    return run_project_bisync(application, asked_of_projects(command, project));
}

int run_project_check(Application& application, const ProjectSyncCommand& command) {
    const CloudWork work{"bm project check", false, false, command.json, false, command.name};
    if (const auto wrong = wrong_choice(command)) return tell_failure(application, *wrong, work);
    return with_cloud(application, work, [&](SyncContext& context, HostView& view) {
        if (command.all && command.json)
            return check_all_in_json(application, context, view, command);
        int code = 0;
        const auto names =
            command.all ? names_for_all(context, view) : std::vector<std::string>{*command.name};
        for (const auto& name : names) {
            if (command.all && context.settings.find_attached(name) == nullptr) {
                context.tell("Skipping " + name + ": no local_sync_path");
                continue;
            }
            const auto found = compare_project(context, view, name, command.one_way);
            code = std::max(code, found ? print_comparison(
                                              application, *found,
                                              {name, "bm project bisync --name " + shell_word(name),
                                               command.verbose, command.exit_code, command.json})
                                        : tell_failure(application, found.error(), work));
        }
        return code;
    });
}

}  // namespace bm
