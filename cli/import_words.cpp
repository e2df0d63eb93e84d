#include <memory>

#include <CLI/CLI.hpp>

#include "cli/command_tree.hpp"
#include "cli/import_commands.hpp"

namespace bm {

namespace {

struct ImportWords {
    const char* name;
    const char* help;
    const char* file_help;
    const char* folder_option;
    const char* folder_help;
};

void add_import(CLI::App& group, const CommandMaker& maker, const ImportWords& words,
                const ImportCommand& standard) {
    auto* sub = maker.command(group, words.name, words.help);
    auto options = std::make_shared<ImportCommand>(standard);
    sub->add_option("file", options->file, words.file_help);
    sub->add_option(words.folder_option, options->folder, words.folder_help);
    sub->add_option("--project", options->project, "Project (the default one)");
    sub->add_flag("--dry-run", options->dry_run, "Only list what would be written");
    sub->add_flag("--json", options->json, "Print JSON for scripts");
    on_use(maker, sub, options, run_import_command);
}

}  // namespace

void add_import_words(CLI::App& group, const CommandMaker& maker) {
    add_import(group, maker,
               {"chatgpt", "Import the conversations of a ChatGPT export",
                "conversations.json of the export (conversations.json)", "--folder",
                "Folder of the project for the notes (conversations)"},
               {ImportKind::chatgpt, "conversations.json", "conversations"});

    auto* claude = maker.command(group, "claude", "Import from an export of Claude");
    claude->require_subcommand(1);
    add_import(*claude, maker,
               {"conversations", "Import the conversations of a Claude export",
                "conversations.json of the export (conversations.json)", "--folder",
                "Folder of the project for the notes (conversations)"},
               {ImportKind::claude_conversations, "conversations.json", "conversations"});
    add_import(*claude, maker,
               {"projects", "Import the documents and prompts of the projects of a Claude export",
                "projects.json of the export (projects.json)", "--base-folder",
                "Folder of the project for the notes (projects)"},
               {ImportKind::claude_projects, "projects.json", "projects"});

    add_import(group, maker,
               {"memory-json", "Import entities and relations of the reference memory server",
                "Its file, an entity or relation on each line (memory.json)",
                "--destination-folder", "Folder of the project for the notes (its root)"},
               {ImportKind::memory_json, "memory.json", ""});
}

}  // namespace bm
