#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

#include "cli/cloud_connection.hpp"
#include "cli/commands.hpp"
#include "cli/import_commands.hpp"
#include "importers/import_run.hpp"

namespace bm {

namespace {

constexpr std::uint64_t kMegabyte = 1'000'000;

const char* imported_things(ImportKind kind) {
    switch (kind) {
        case ImportKind::chatgpt:
        case ImportKind::claude_conversations:
            return "conversations";
        case ImportKind::claude_projects:
            return "projects";
        case ImportKind::memory_json:
            return "memory";
    }
    return "";
}

Json counts_json(ImportKind kind, const ImportCounts& counts) {
    switch (kind) {
        case ImportKind::chatgpt:
        case ImportKind::claude_conversations:
            return {{"conversations", counts.conversations}, {"messages", counts.messages}};
        case ImportKind::claude_projects:
            return {{"documents", counts.documents}, {"prompts", counts.prompts}};
        case ImportKind::memory_json:
            return {{"entities", counts.entities},
                    {"relations", counts.relations},
                    {"skipped_entities", counts.skipped_entities}};
    }
    return Json::object();
}

std::vector<std::string> count_lines(ImportKind kind, const ImportCounts& counts) {
    const auto line = [](const char* before, std::size_t count, const char* behind) {
        return std::string(before) + ' ' + std::to_string(count) + ' ' + behind;
    };
    switch (kind) {
        case ImportKind::chatgpt:
        case ImportKind::claude_conversations:
            return {line("Imported", counts.conversations, "conversations"),
                    line("Containing", counts.messages, "messages")};
        case ImportKind::claude_projects:
            return {line("Imported", counts.documents, "project documents"),
                    line("Imported", counts.prompts, "prompt templates")};
        case ImportKind::memory_json:
            return {line("Created", counts.entities, "entities"),
                    line("Added", counts.relations, "relations"),
                    line("Skipped", counts.skipped_entities, "entities")};
    }
    return {};
}

void print_report(Terminal& terminal, const ImportCommand& command, const ImportReport& report) {
    const bool is_whole = !report.trouble;
    terminal.line(terminal.bold(command.dry_run ? "Nothing was written (--dry-run)"
                                : is_whole      ? "Import complete!"
                                                : "Import ended early"));
    for (const auto& line : count_lines(command.kind, report.counts)) terminal.line("  " + line);
    terminal.line("  Notes: " + std::to_string(report.created) + " new, " +
                  std::to_string(report.replaced) + " replaced, " +
                  std::to_string(report.unchanged) + " unchanged");
    if (report.skipped > 0) {
        terminal.line("  Skipped " + std::to_string(report.skipped) +
                      (report.skipped == 1 ? " entry that could not be used"
                                           : " entries that could not be used"));
    }
    if (command.dry_run) return;
    if (report.created + report.replaced > 0) {
        terminal.line("The new files are indexed already: search finds them.");
    } else if (is_whole) {
        terminal.line("Nothing has changed.");
    }
}

/// What became of single notes, for scripts; so many of them.
struct ToldEntries {
    static constexpr std::size_t kMost = 1000;
    Json files = Json::array();
    Json skipped = Json::array();

    void add(const std::string& path, ImportedAs how) {
        if (how == ImportedAs::unchanged || files.size() >= kMost) return;
        files.push_back(
            {{"path", path}, {"action", how == ImportedAs::created ? "created" : "replaced"}});
    }
    void add_skipped(const std::string& what, const std::string& why) {
        if (skipped.size() < kMost) skipped.push_back({{"entry", what}, {"reason", why}});
    }
};

/// What was done as it is done, for people.
void tell_note(Terminal& terminal, const ImportCommand& command, const std::string& path,
               ImportedAs how) {
    if (command.json || how == ImportedAs::unchanged) return;
    if (command.dry_run) {
        terminal.line((how == ImportedAs::created ? "+ " : "~ ") + path);
    } else if (how == ImportedAs::replaced) {
        terminal.end_progress();
        terminal.line("Replaced " + path + "; what it said before is in its history.");
    }
}

void print_json(Terminal& terminal, const ImportCommand& command, const Project& project,
                const std::string& folder, const ImportReport& report, ToldEntries told_entries) {
    const Json told = {{"file", command.file},
                       {"project", project.name.str()},
                       {"folder", folder},
                       {"dry_run", command.dry_run},
                       {"success", !report.trouble},
                       {"error_message", report.trouble ? Json(*report.trouble) : Json(nullptr)},
                       {"import_count", counts_json(command.kind, report.counts)},
                       {"created", report.created},
                       {"replaced", report.replaced},
                       {"unchanged", report.unchanged},
                       {"skipped", report.skipped},
                       {"files", std::move(told_entries.files)},
                       {"skipped_entries", std::move(told_entries.skipped)}};
    terminal.line(told.dump(2, ' ', true, Json::error_handler_t::replace));
}

int fail_import(Application& application, const std::string& message) {
    application.terminal().error("Error during import: " + message);
    return kExitFailure;
}

int import_into(Application& application, const ImportCommand& command, const Project& project,
                ImportSource& source, const std::string& folder) {
    Terminal& terminal = application.terminal();
    ToldEntries entries;
    ImportWishes wishes{command.kind, folder, command.dry_run, {}, {}, {}};
    wishes.wrote = [&](const std::string& path, ImportedAs how) {
        tell_note(terminal, command, path, how);
        entries.add(path, how);
    };
    wishes.skipped = [&](const std::string& what, const std::string& why) {
        terminal.end_progress();
        terminal.error("Skipped " + what + ": " + why);
        entries.add_skipped(what, why);
    };
    wishes.progress = [&](std::uint64_t done, std::uint64_t total) {
        terminal.progress("Importing (MB)", done / kMegabyte, total / kMegabyte);
    };
    const auto report = run_import(application.knowledge(), project, source, wishes);
    terminal.end_progress();
    if (!report) return fail_import(application, report.error().message);
    if (command.json) {
        print_json(terminal, command, project, folder, *report, std::move(entries));
    } else {
        print_report(terminal, command, *report);
    }
    if (!report->trouble) return 0;
    const bool has_some = report->created + report->replaced + report->unchanged > 0;
    return fail_import(application,
                       *report->trouble + (has_some ? ". What came before it was imported." : ""));
}

}  // namespace

int run_import_command(Application& application, const ImportCommand& command) {
    if (const auto refused = refused_on_cloud(application, "import", command.project))
        return *refused;
    const auto source = open_import_file(command.file);
    if (!source && source.error().fault == Fault::not_found) {
        return fail_command(application, source.error().message);
    }
    if (!source) return fail_import(application, source.error().message);
    const auto folder = import_folder(command.folder);
    if (!folder) return fail_import(application, folder.error().message);
    const auto project = chosen_project(application, command.project);
    if (!project) return kExitFailure;
    // Permalinks that are taken are known then.
    index_what_is_unscanned(application, project->name.str());
    if (!command.json) {
        const std::filesystem::path target = project->path / *folder;
        application.terminal().line(std::string("Importing ") + imported_things(command.kind) +
                                    " from " + command.file + "...writing to " + target.string());
    }
    return import_into(application, command, *project, **source, *folder);
}

}  // namespace bm
