#include <nlohmann/json.hpp>

#include "cli/cloud_connection.hpp"
#include "cli/commands.hpp"
#include "sync/note_history.hpp"
#include "tools/relative_time.hpp"
#include "tools/version_report.hpp"

namespace bm {

namespace {

/// "214 B", "12 KB", "3 MB".
std::string size_for_people(std::uint64_t bytes) {
    constexpr std::uint64_t thousand = 1000;
    if (bytes < thousand) return std::to_string(bytes) + " B";
    if (bytes < thousand * thousand) return std::to_string(bytes / thousand) + " KB";
    return std::to_string(bytes / thousand / thousand) + " MB";
}

std::string counted_versions(std::size_t count) {
    return std::to_string(count) + (count == 1 ? " version" : " versions");
}

void print_versions(Application& application, const NoteVersions& versions) {
    Terminal& terminal = application.terminal();
    const Timestamp now = application.knowledge().now();
    terminal.line(terminal.bold(versions.path.str()) +
                  (versions.entity ? "" : terminal.yellow(" (deleted)")));
    if (versions.records.empty()) {
        terminal.line("  No earlier version is kept");
        return;
    }
    Terminal::Table table{"", {"Id", "When", "Age", "Size", "What"}, {}};
    for (const auto& record : versions.records) {
        table.rows.push_back(
            {record.checksum ? version_id(record) : "-", local_minute(record.at),
             relative_time(record.at, now),
             record.checksum ? size_for_people(static_cast<std::uint64_t>(record.size)) : "-",
             version_story(record)});
    }
    terminal.table(table);
}

void print_json(Application& application, const Json& value) {
    application.terminal().line(value.dump(2, ' ', true, Json::error_handler_t::replace));
}

int print_limits(Application& application, bool json) {
    KnowledgeBase& knowledge = application.knowledge();
    const HistorySize size = knowledge.history().size();
    const auto config = knowledge.config();
    if (json) {
        print_json(application, {{"versions", size.versions},
                                 {"bytes", size.bytes},
                                 {"folder", knowledge.directory().history().string()},
                                 {"enabled", config->history_enabled},
                                 {"max_age_days", config->history_max_age_days},
                                 {"max_size_mb", config->history_max_size_mb}});
        return 0;
    }
    Terminal& terminal = application.terminal();
    terminal.line(counted_versions(size.versions) + ", " + size_for_people(size.bytes) + " in " +
                  knowledge.directory().history().string());
    terminal.line("Kept for " + std::to_string(config->history_max_age_days) + " days, at most " +
                  std::to_string(config->history_max_size_mb) + " MB" +
                  (config->history_enabled ? "" : "; switched off: nothing new is kept"));
    return 0;
}

int prune_now(Application& application, bool json) {
    KnowledgeBase& knowledge = application.knowledge();
    const auto pruned =
        knowledge.history().prune(history_limits(*knowledge.config()), knowledge.now());
    if (json) {
        print_json(application, {{"versions", pruned.versions}, {"bytes", pruned.bytes}});
        return 0;
    }
    application.terminal().line("Removed " + counted_versions(pruned.versions) + ", " +
                                size_for_people(pruned.bytes));
    return 0;
}

}  // namespace

int run_history(Application& application, const HistoryCommand& command) {
    if (const auto refused = refused_on_cloud(application, "history", command.project))
        return *refused;
    if (command.prune || command.stats) {
        if (command.note) {
            application.terminal().error(
                std::string("Error: ") + (command.stats ? "--stats" : "--prune") +
                " is about the history of all notes. Leave \"" + *command.note + "\" out.");
            return kExitUsage;
        }
        return command.stats ? print_limits(application, command.json)
                             : prune_now(application, command.json);
    }
    if (!command.note) {
        application.terminal().error("Error: name a note. Try: basic-memory history --help");
        return kExitUsage;
    }
    const auto project = chosen_project(application, command.project);
    if (!project) return kExitFailure;
    index_what_is_unscanned(application, project->name.str());
    KnowledgeBase& knowledge = application.knowledge();
    const auto versions =
        versions_of(knowledge, *project, command.project.has_value(), *command.note);
    if (!versions) return fail_command(application, versions.error().message);
    if (command.json) {
        print_json(application, versions_json(*versions, 0, versions->records.size()));
    } else {
        print_versions(application, *versions);
    }
    return 0;
}

}  // namespace bm
