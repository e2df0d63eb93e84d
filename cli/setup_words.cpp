#include <memory>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

#include "cli/command_help.hpp"
#include "cli/hook_commands.hpp"
#include "cli/setup_commands.hpp"

namespace bm {

namespace {

using RunHook = int (*)(Application&, const HookCommand&);

bool is_called_by_harness(RunHook run) {
    return run == run_hook_session_start || run == run_hook_pre_compact || run == run_hook_stop;
}

/// `claude or codex (claude)`.
std::string harness_help() {
    std::string names;
    for (const char* name : kHarnesses) names += (names.empty() ? "" : " or ") + std::string(name);
    return names + " (" + kHarnesses[0] + ')';
}

void add_hook(CLI::App& group, const CommandMaker& maker, const std::string& name,
              const std::string& help, RunHook run) {
    auto* sub = maker.command(group, name, help);
    auto options = std::make_shared<HookCommand>();
    if (run != run_hook_flush) {
        auto* harness = sub->add_option("--harness", options->harness, harness_help());
        // What a harness calls must not fail, whatever a newer one adds to the call.
        if (is_called_by_harness(run)) {
            sub->allow_extras();
        } else {
            harness->check(
                CLI::IsMember(std::vector<std::string>(kHarnesses.begin(), kHarnesses.end())));
        }
        sub->add_option("--project-dir", options->project_dir,
                        "Folder that the assistant works in (the user's own settings)");
    } else {
        sub->add_option("--older-than-days", options->older_than_days,
                        "Events older than that (30)")
            ->check(CLI::Range(0, 36500));
    }
    if (!is_called_by_harness(run))
        sub->add_flag("--json", options->json, "Print JSON for scripts");
    on_use(maker, sub, options, run);
}

}  // namespace

void add_hook_words(CLI::App& group, const CommandMaker& maker) {
    add_hook(group, maker, "install", "Have the harness call the hooks", run_hook_install);
    add_hook(group, maker, "remove", "Take the hooks out again", run_hook_remove);
    add_hook(group, maker, "status", "Show which hooks are installed", run_hook_status);
    add_hook(group, maker, "session-start", "Tell a new session what the notes hold (a hook)",
             run_hook_session_start);
    add_hook(group, maker, "pre-compact", "Remember that a session is shortened (a hook)",
             run_hook_pre_compact);
    add_hook(group, maker, "stop", "Let a session end (a hook)", run_hook_stop);
    add_hook(group, maker, "flush", "Put captured events away", run_hook_flush);
}

void add_setup_words(CLI::App& sub, const CommandMaker& maker) {
    auto options = std::make_shared<SetupCommand>();
    sub.add_option("client", options->client,
                   "claude-desktop, claude-code, vscode, cursor, codex, zed, windsurf or gemini");
    sub.add_flag("--all", options->all, "Every client that is installed here");
    auto* print = sub.add_flag("--print", options->print, "Only show what would be written");
    auto* remove = sub.add_flag("--remove", options->remove, "Take the entry out again");
    sub.add_option("--http", options->url,
                   "Call the server at this address instead of starting one here");
    sub.add_option("--name", options->name, "Name of the entry (basic-memory)");
    sub.add_flag("--json", options->json, "Print JSON for scripts");
    print->excludes(remove);
    sub.footer(
        "The client's own file is changed: only this entry of it, after a copy of the file was "
        "made beside it.\n"
        "An entry of Basic Memory is taken over, with its environment and the flags behind mcp.");
    on_use(maker, &sub, options, run_setup);
}

}  // namespace bm
