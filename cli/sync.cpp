#include <algorithm>
#include <chrono>
#include <functional>

#include <nlohmann/json.hpp>

#include "cli/cloud_connection.hpp"
#include "cli/commands.hpp"
#include "cli/last_reports.hpp"
#include "cli/upkeep_commands.hpp"
#include "cloud/embedding_endpoint.hpp"
#include "host/sync_report_json.hpp"
#include "markdown/text.hpp"
#include "sync/note_meanings.hpp"
#include "sync/passage_vectors.hpp"
#include "sync/reconcile.hpp"

namespace bm {

namespace {

/// What a sync did, or what a reindex has read.
std::string counts_text(const SyncReport& report, bool full) {
    const std::size_t changes =
        report.added.size() + report.modified.size() + report.deleted.size() + report.moved.size();
    const std::string total = full ? "Reindexed " + std::to_string(report.total_files)
                                   : "Synced " + std::to_string(changes);
    return total + " files (new: " + std::to_string(report.added.size()) +
           ", modified: " + std::to_string(report.modified.size()) +
           ", deleted: " + std::to_string(report.deleted.size()) + ")" +
           (report.moved.empty() ? "" : ", moved: " + std::to_string(report.moved.size()));
}

void print_report(Terminal& terminal, const Project& project, const SyncReport& report,
                  bool verbose, bool full) {
    if (verbose) {
        const auto tell = [&terminal](const std::string& text) { terminal.line(printable(text)); };
        for (const auto& path : report.added) tell("+ " + path);
        for (const auto& path : report.modified) tell("~ " + path);
        for (const auto& [from, to] : report.moved) tell("↔ " + from + " → " + to);
        for (const auto& path : report.deleted) tell("- " + path);
    }
    for (const auto& file : report.failed) {
        terminal.error("Warning: " + file.path + " was not indexed: " + file.reason);
    }
    for (const auto& file : report.skipped) {
        terminal.error("Warning: " + file.path + " is skipped until it changes: " + file.reason);
    }
    for (const auto& folder : report.unreadable_folders) {
        terminal.error("Warning: " + unreadable_sentence(folder, report.hindrances));
    }
    terminal.line(terminal.bold(project.name.str() + ":") + " " + counts_text(report, full));
}

std::vector<Project> wanted_projects(Application& application,
                                     const std::optional<std::string>& name, bool all) {
    if (all && !name) return application.knowledge().projects();
    const auto project = chosen_project(application, name);
    return project ? std::vector{*project} : std::vector<Project>{};
}

/// What else is to be done with a project that was brought in step; `report` is its JSON, or null.
using AfterSync = std::function<int(const Project& project, Json* report)>;

/// Reconciles each project in the foreground, with progress on a terminal.
int sync_projects(Application& application, const std::vector<Project>& projects,
                  const SyncCommand& command, bool full, const AfterSync& after = {}) {
    Terminal& terminal = application.terminal();
    Json reports = Json::object();
    int code = 0;
    for (const auto& project : projects) {
        SyncOptions options;
        options.full = full;
        options.progress = [&](std::size_t done, std::size_t total) {
            terminal.progress("Indexing " + project.name.str(), done, total);
        };
        const auto report = reconcile_project(application.knowledge(), project, options);
        terminal.end_progress();
        if (!report) {
            code = fail_command(application, report.error().message);
            reports[project.name.str()] = {{"error", report.error().message}};
        } else if (command.json) {
            reports[project.name.str()] = sync_report_json(*report);
        } else {
            print_report(terminal, project, *report, command.verbose, full);
        }
        if (report && after) {
            const int done = after(project, command.json ? &reports[project.name.str()] : nullptr);
            code = std::max(code, done);
        }
    }
    if (command.json) {
        // Of one project alone: what is wrong is told as every command tells it.
        const bool is_one = reports.size() == 1 && !command.all;
        if (is_one && code != 0) return code;
        terminal.line((is_one ? reports.front() : reports)
                          .dump(2, ' ', true, Json::error_handler_t::replace));
    }
    return code;
}

/// What a sync would find, of several projects as one object.
int compare_projects(Application& application, const std::vector<Project>& projects,
                     const SyncCommand& command) {
    int code = 0;
    if (!command.json || !command.all) {
        for (const auto& project : projects) {
            code = std::max(code, run_status(application, {project.name.str(), command.verbose,
                                                           command.json, false, 0}));
        }
        return code;
    }
    Json reports = Json::object();
    for (const auto& project : projects) {
        const auto report = compare_project(application.knowledge(), project);
        if (!report) code = fail_command(application, report.error().message);
        reports[project.name.str()] =
            report ? sync_report_json(*report) : Json{{"error", report.error().message}};
    }
    application.terminal().line(reports.dump(2, ' ', true, Json::error_handler_t::replace));
    return code;
}

}  // namespace

bool may_watch(const Config& config) {
    // The environment variable BASIC_MEMORY_ENV is part of the effective settings.
    const auto env = config.extra.find("env");
    const bool is_test = env != config.extra.end() && env->second == R"("test")";
    return !config.skip_initialization_sync && !is_test;
}

bool syncs_unasked(const Application& /*application*/, const Config& config) {
    return config.sync_changes && may_watch(config);
}

void index_what_is_unscanned(Application& application, const std::optional<std::string>& name) {
    KnowledgeBase& knowledge = application.knowledge();
    if (!syncs_unasked(application, *knowledge.config())) return;
    Terminal& terminal = application.terminal();
    for (const auto& project : knowledge.projects()) {
        if ((name && project.name.str() != *name) || knowledge.was_scanned(project)) continue;
        SyncOptions options;
        options.progress = [&](std::size_t done, std::size_t total) {
            terminal.progress("Indexing " + project.name.str(), done, total);
        };
        const auto report = reconcile_project(knowledge, project, options);
        terminal.end_progress();
        // The command says itself what it cannot do without the folder.
        if (!report) knowledge.log()(LogLevel::warning, report.error().message);
    }
}

namespace {

/// A project alone: its own folder is brought in step; of one that lives in the space only the
/// index is made anew, on the host.
int run_sync_on_cloud(Application& application, const SyncCommand& command) {
    CloudBisyncCommand wanted = command.cloud;
    wanted.dry_run = command.dry_run;
    wanted.verbose = command.verbose;
    wanted.json = command.json;
    wanted.watch = command.watch;
    if (!command.project) return run_cloud_sync(application, wanted);
    const CloudWork work{"bm sync", false, false, command.json, false, command.project};
    if (wanted.watch) {
        return tell_failure(
            application,
            {CloudFault::usage, "--watch keeps the whole space in step, not one project.",
             "Bring the project in step once: leave --watch out."},
            work);
    }
    if (wanted.report) return run_last_reports(application, work);
    return run_cloud_sync_of(application, *command.project, wanted);
}

/// Whether the configuration asks for vectors of every project.
bool makes_vectors(Application& application) {
    const auto config = application.knowledge().config();
    const auto base = config->extra.find("semantic_embedding_api_base");
    return config->semantic_search_enabled || base != config->extra.end();
}

/// Of all notes, however long that takes.
int make_vectors(Application& application, const Project& project, bool afresh, Json* report) {
    EmbeddingEndpoints endpoints;
    const auto endpoint = endpoints.current(*application.knowledge().config());
    const auto failed = [&](const std::string& message) {
        application.terminal().error(message);
        if (report != nullptr) (*report)["error"] = message;
        return kExitFailure;
    };
    if (!endpoint) return failed(endpoint.error().message);
    NoteMeanings meanings(application.knowledge(), project, *endpoint);
    if (!meanings.is_on()) return 0;
    const auto state = meanings.bring_up_to_date(std::chrono::hours(24), {}, {true, afresh});
    if (!state) return failed(state.error().message);
    const std::string counts =
        std::to_string(state->ready) + " of " + std::to_string(state->files) + " files";
    const std::string name = '\'' + project.name.str() + '\'';
    if (report != nullptr) {
        (*report)["embeddings"] = {{"files", state->files}, {"ready", state->ready}};
    } else if (state->files == 0) {
        application.terminal().line("Project " + name + " is empty: there is nothing to embed.");
    } else if (state->is_complete) {
        application.terminal().line("Embeddings of " + name + ": " + counts);
    }
    if (state->is_complete || state->files == 0) return 0;
    return failed("Only " + counts + " of " + name +
                  " have their embeddings: the others have changed, cannot be read now, or could "
                  "not be stored (the log says so). Run the command again.");
}

}  // namespace

int run_sync(Application& application, const SyncCommand& given) {
    SyncCommand command = given;
    if (!command.all) command.project = application.routed_project(given.project);
    if (application.works_on_cloud(command.project)) return run_sync_on_cloud(application, command);
    if (command.watch) {
        return fail_command(application,
                            "--watch is only available in cloud mode. Run 'bm cloud login' first.");
    }
    if (!command.cloud_only_flags.empty()) {
        application.terminal().error("Note: no meaning for local projects: " +
                                     join(command.cloud_only_flags, ", "));
    }
    const auto projects = wanted_projects(application, command.project, command.all);
    if (projects.empty()) return kExitFailure;
    if (command.dry_run) return compare_projects(application, projects, command);
    return sync_projects(application, projects, command, false);
}

namespace {

/// What comes after a sync, where no sync is wanted.
int only_after(Application& application, const std::vector<Project>& projects,
               const AfterSync& after, bool json) {
    Json reports = Json::object();
    int code = 0;
    for (const auto& project : projects) {
        Json& report = reports[project.name.str()] = Json::object();
        code = std::max(code, after(project, json ? &report : nullptr));
    }
    if (json) {
        application.terminal().line(reports.dump(2, ' ', true, Json::error_handler_t::replace));
    }
    return code;
}

bool has_meanings(Application& application, const std::optional<std::string>& name) {
    if (makes_vectors(application)) return true;
    const auto projects = application.knowledge().projects();
    return std::any_of(projects.begin(), projects.end(), [&](const Project& project) {
        return (!name || project.name.str() == *name) &&
               NoteMeanings(application.knowledge(), project).is_on();
    });
}

int reindex(Application& application, const ReindexCommand& given, bool json) {
    const auto refused = given.project ? refused_on_cloud(application, "reindex", given.project)
                                       : refused_on_cloud(application, "reindex");
    if (refused) return *refused;
    ReindexCommand command = given;
    if (given.project) {
        const auto project = application.knowledge().find_project(*given.project);
        if (!project) {
            application.terminal().name_failure("project_not_found");
            application.terminal().error("Project '" + *given.project + "' not found.");
            return kExitFailure;
        }
        // As it is spelled: what follows compares names.
        command.project = project->name.str();
    }
    if (command.embeddings) index_what_is_unscanned(application, command.project);
    if (command.embeddings && !has_meanings(application, command.project)) {
        application.terminal().error(
            "Warning: semantic search is off; there are no embeddings to build.");
        if (!command.search) {
            if (json) application.terminal().line("{}");
            return 0;
        }
    }
    const auto projects = wanted_projects(application, command.project, true);
    SyncCommand printing;
    printing.json = json;
    printing.all = json;
    const bool only_vectors = command.embeddings && !command.search;
    AfterSync after;
    if (command.embeddings || (!command.search && makes_vectors(application))) {
        after = [&](const Project& project, Json* report) {
            return make_vectors(application, project, command.embeddings, report);
        };
    }
    const int code = only_vectors ? only_after(application, projects, after, json)
                                  : sync_projects(application, projects, printing, true, after);
    if (after) forget_unused_passages(application.knowledge().index());
    if (code == 0 && !json) application.terminal().line("Reindex complete!");
    return code;
}

}  // namespace

int run_reindex(Application& application, const ReindexCommand& command) {
    return reindex(application, command, false);
}

int run_reindex_reported(Application& application, const ReindexCommand& command) {
    return reindex(application, command, true);
}

}  // namespace bm
