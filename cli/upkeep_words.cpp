#include <memory>
#include <string>

#include <CLI/CLI.hpp>

#include "cli/command_help.hpp"
#include "cli/upkeep_commands.hpp"

namespace bm {

namespace {

void add_json_flag(CLI::App& sub, bool& json) {
    sub.add_flag("--json", json, "Print JSON for scripts");
}

void add_json_or_plain(CLI::App& sub, bool& json) {
    add_json_flag(sub, json);
    sub.add_flag_callback(
           "--plain", [] {}, "Print plain text, as without --json")
        ->excludes(sub.get_option("--json"));
}

void add_project_option(CLI::App& sub, std::optional<std::string>& project) {
    sub.add_option("-p,--project", project, "Project (the default one)");
}

void add_reset_words(CLI::App& sub, const CommandMaker& maker) {
    auto options = std::make_shared<ResetCommand>();
    sub.add_flag("--reindex", options->reindex, "Index all projects again at once");
    sub.add_flag("--force", options->force, "Also while another process uses the index");
    sub.add_flag("--yes", options->yes, "Do not ask");
    add_json_flag(sub, options->json);
    on_use(maker, &sub, options, run_reset);
}

void add_reindex_words(CLI::App& sub, const CommandMaker& maker) {
    auto options = std::make_shared<ReindexCommand>();
    auto json = std::make_shared<bool>(false);
    sub.add_option("-p,--project", options->project, "Project (all of them)");
    sub.add_flag("-e,--embeddings", options->embeddings, "Embeddings (semantic search)");
    sub.add_flag("-s,--search", options->search, "Search index");
    sub.add_flag_callback(
        "--full", [] {}, "Accepted; a reindex is always full");
    add_json_flag(sub, *json);
    on_use(maker, &sub, [options, json](Application& app) {
        return *json ? run_reindex_reported(app, *options) : run_reindex(app, *options);
    });
}

}  // namespace

void add_db_words(CLI::App& group, const CommandMaker& maker) {
    add_reset_words(*maker.command(group, "reset", "Empty the index; files and projects stay"),
                    maker);
    add_reindex_words(
        *maker.command(group, "reindex", "Read every file again and build the index anew"), maker);
}

void add_inspect_words(CLI::App& group, const CommandMaker& maker) {
    auto* note = maker.command(group, "note", "Show what the index holds for a note");
    auto shown = std::make_shared<InspectNoteCommand>();
    note->add_option("note", shown->note, "Title, permalink or path")->required();
    add_project_option(*note, shown->project);
    note->add_option("--project-id", shown->project_id, "Project by its UUID");
    add_json_or_plain(*note, shown->json);
    on_use(maker, note, shown, run_inspect_note);

    auto* query = maker.command(group, "query", "Show how the results of a query are ranked");
    auto asked = std::make_shared<InspectQueryCommand>();
    query->add_option("query", asked->query, "What is searched for")->required();
    query->add_option("--mode", asked->mode, "text, title or permalink (text)")
        ->check(CLI::IsMember({"text", "title", "permalink"}));
    add_project_option(*query, asked->project);
    query->add_option("--page", asked->page, "Page of the results (1)")
        ->check(CLI::Range(1, 1'000'000));
    query->add_option("--page-size", asked->page_size, "Results on a page (10)")
        ->check(CLI::Range(1, 100));
    query->add_option("--project-id", asked->project_id, "Project by its UUID");
    query->add_flag("--show-ids", asked->show_ids, "Also permalinks and ids");
    add_json_or_plain(*query, asked->json);
    on_use(maker, query, asked, run_inspect_query);
}

void add_man_words(CLI::App& group, const CommandMaker& maker) {
    auto* install = maker.command(group, "install", "Install the manual page for man bm");
    auto options = std::make_shared<ManCommand>();
    install->add_option("--dir", options->directory,
                        "Folder for pages of section 1 (~/.local/share/man/man1)");
    add_json_flag(*install, options->json);
    on_use(maker, install, options, run_man_install);
    on_use(maker, maker.command(group, "show", "Print the manual page as it is installed"),
           run_man_show);
}

void add_telemetry_words(CLI::App& group, const CommandMaker& maker) {
    const auto add_switch = [&](const char* name, const char* help, bool enabled) {
        auto* sub = maker.command(group, name, help);
        auto command = std::make_shared<TelemetryCommand>();
        command->enabled = enabled;
        add_json_flag(*sub, command->json);
        on_use(maker, sub, command, run_telemetry_set);
    };
    add_switch("enable", "Set telemetry_enabled; nothing is ever sent", true);
    add_switch("disable", "Clear telemetry_enabled", false);
    auto* status = maker.command(group, "status", "Say what is collected");
    auto json = std::make_shared<bool>(false);
    add_json_flag(*status, *json);
    on_use(maker, status, json, run_telemetry_status);
}

void add_upkeep_words(CLI::App& app, const CommandMaker& maker) {
    auto* orphans = maker.command(app, "orphans", "List notes without any relation");
    auto listed = std::make_shared<OrphansCommand>();
    add_project_option(*orphans, listed->project);
    add_json_flag(*orphans, listed->json);
    on_use(maker, orphans, listed, run_orphans);

    add_reset_words(*maker.command(app, "reset", "Empty the index; files and projects stay"),
                    maker);
    add_reindex_words(
        *maker.command(app, "reindex", "Read every file again and build the index anew"), maker);

    auto* format = maker.command(app, "format", "Run your formatter over files of a project");
    auto formatted = std::make_shared<FormatCommand>();
    format->add_option("path", formatted->path, "File or folder below the project (all of it)");
    add_project_option(*format, formatted->project);
    add_json_flag(*format, formatted->json);
    format->footer(
        "The formatter is yours: bm config set formatter_command \"prettier --write {file}\", or "
        "one for each extension\nunder formatters in config.json. Files: .md, .json, .canvas.");
    on_use(maker, format, formatted, run_format);

    auto* update = maker.command(app, "update", "Say how this copy of the program is updated");
    auto wanted = std::make_shared<UpdateCommand>();
    update->add_flag("--check", wanted->check, "Accepted; newer versions are not looked for");
    add_json_flag(*update, wanted->json);
    on_use(maker, update, wanted, run_update);

    auto* workspace = maker.command(app, "workspace", "Say why there are no workspaces");
    workspace->allow_extras();
    on_use(maker, workspace, run_workspace);
}

}  // namespace bm
