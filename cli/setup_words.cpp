#include <memory>

#include <CLI/CLI.hpp>

#include "cli/setup_commands.hpp"
#include "cli/setup_tree.hpp"

namespace bm {

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
    sub.callback([maker, options] {
        maker.choose([options](Application& app) { return run_setup(app, *options); });
    });
}

}  // namespace bm
