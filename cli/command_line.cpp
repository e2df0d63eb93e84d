#include <algorithm>
#include <exception>
#include <memory>

#include <CLI/CLI.hpp>

#include "cli/cloud_sync_commands.hpp"
#include "cli/cloud_sync_words.hpp"
#include "cli/command_help.hpp"
#include "cli/command_tree.hpp"
#include "cli/commands.hpp"
#include "cli/completion.hpp"
#include "cli/import_commands.hpp"
#include "cli/json_output.hpp"
#include "cli/schema_words.hpp"
#include "cli/tool_words.hpp"
#include "markdown/text.hpp"
#include "repository/trouble.hpp"

// Words of the command line become the structs of commands.hpp.

namespace bm {

namespace {

CommandHelp command_help(const CLI::App& app) {
    CommandHelp command{app.get_name(), app.get_description(), app.get_footer()};
    for (const CLI::Option* option : app.get_options()) {
        // Hidden ones are for programs.
        if (option->get_group().empty()) continue;
        CommandHelp::Word word{{},
                               option->get_description(),
                               option->get_items_expected_max() > 0,
                               option->get_required()};
        if (!option->nonpositional()) {
            word.names = {option->get_name(true)};
            command.positionals.push_back(std::move(word));
            continue;
        }
        for (const auto& name : option->get_snames()) word.names.push_back("-" + name);
        for (const auto& name : option->get_lnames()) word.names.push_back("--" + name);
        command.options.push_back(std::move(word));
    }
    for (const CLI::App* sub : app.get_subcommands({})) {
        command.commands.push_back(command_help(*sub));
    }
    return command;
}

// Stands for every first word: then all commands are made.
constexpr std::string_view kEveryWord = "*";

class CommandLine {
public:
    explicit CommandLine(std::string_view first_word)
        : app_(
              "Basic Memory: your notes as a knowledge base for AI assistants. Everything stays in "
              "Markdown files.",
              kProgramName),
          first_word_(first_word) {
        app_.set_help_flag("-h,--help", "Show this help");
        app_.add_flag("-v,--version", shows_version_, "Show the version");
        // Handled in front of the parser; they stand here for the help.
        for (const char* flag : {"--show-completion", "--install-completion"}) {
            app_.add_option(flag, completion_shell_, "Completion script for bash, zsh or fish")
                ->type_name("[SHELL]");
        }
        app_.footer(
            "Start here:  basic-memory project add NAME FOLDER --default\n"
            "             basic-memory mcp            (what an assistant's configuration runs)\n"
            "Help on one command:  basic-memory COMMAND --help\n"
            "Whatever the settings say:  --local and --cloud tell where a command works");
        app_.require_subcommand(0, 1);
        add_server_words(app_, maker());
        add_watch();
        add_project();
        add_tools();
        add_doctor();
        add_history();
        add_restore();
        add_group("schema", "Check notes against the schema of their type, or derive one from them",
                  add_schema_words);
        add_group("token", "Make, list and revoke tokens for access over HTTP", add_token_words);
        add_group("client", "Add, list and remove programs that log in with an id of theirs",
                  add_client_words);
        add_group("cloud", "Log in to your host, and keep folders in step with it",
                  add_cloud_words);
        add_group("import", "Bring in what you have in other programs", add_import_words);
        add_group("config", "List and change settings", add_config_words);
        add_group("user", "Add, list and remove who may log in over HTTP", add_user_words);
        auto* serve = command(app_, "serve", "Run a cloud of your own: a space for each account");
        if (means("serve")) add_serve_words(*serve, maker());
        auto* setup = command(app_, "setup", "Tell an assistant's program of this server");
        if (means("setup")) add_setup_words(*setup, maker());
        add_upkeep();
    }

    [[nodiscard]] CommandTree tree() const { return command_tree(app_); }
    [[nodiscard]] CommandHelp help() const { return command_help(app_); }

    int parse_and_run(Application& application, int argc, const char* const* argv) {
        const auto words = with_local_path(application, {argv, argv + argc});
        try {
            app_.parse(static_cast<int>(words.size()), words.data());
        } catch (const CLI::CallForHelp&) {
            if (const auto unknown = unknown_command(*deepest(), command_path())) {
                application.terminal().error("Error: " + *unknown);
                return kExitUsage;
            }
            application.terminal().print(help_text());
            return 0;
        } catch (const CLI::ParseError& problem) {
            if (shows_version_) return print_version(application);
            const auto unknown = unknown_command(*deepest(), command_path());
            application.terminal().error("Error: " + unknown.value_or(problem_text(problem)));
            application.terminal().error("Try: " + command_path() + " --help");
            return kExitUsage;
        }
        if (shows_version_) return print_version(application);
        if (!action_) {
            application.terminal().print(help_text());
            return kExitUsage;
        }
        if (routes_local_ && routes_cloud_) {
            application.terminal().error("Cannot specify both --local and --cloud flags");
            return kExitFailure;
        }
        application.set_route(routes_cloud_   ? Route::cloud
                              : routes_local_ ? Route::local
                                              : Route::automatic);
        application.obey_output_style();
        try {
            return action_(application);
        } catch (const UsageError& problem) {
            application.terminal().error(problem.message);
            return kExitFailure;
        }
    }

private:
    /// `project add NAME --local DIR` gives the folder in cloud mode, where `--local` before an
    /// option or the end is the routing flag that it is everywhere.
    static std::vector<const char*> with_local_path(Application& application,
                                                    std::vector<const char*> words) {
        constexpr std::string_view flag = "--local";
        const bool adds = words.size() > 4 && std::string_view(words[1]) == "project" &&
                          std::string_view(words[2]) == "add";
        if (!adds) return words;
        for (std::size_t at = 3; at + 1 < words.size(); ++at) {
            if (words[at] != flag || words[at + 1][0] == '-') continue;
            // Without a name before it the next word is the name.
            const bool has_name = words[3][0] != '-';
            if (has_name && application.works_on_cloud()) words[at] = "--local-path";
            break;
        }
        return words;
    }

    /// Words that no option takes are named in the order in which they were typed.
    std::string problem_text(const CLI::ParseError& problem) const {
        const auto words = deepest()->remaining();
        const bool is_extra =
            problem.get_exit_code() == static_cast<int>(CLI::ExitCodes::ExtrasError) &&
            !words.empty();
        if (!is_extra) return problem.what();
        return (words.size() == 1 ? "The following argument was not expected: "
                                  : "The following arguments were not expected: ") +
               join(words, " ");
    }

    /// Whether the commands below this word are wanted: making all of them takes longer.
    [[nodiscard]] bool means(std::string_view word) const {
        return first_word_ == word || first_word_ == kEveryWord;
    }

    static int print_version(Application& application) {
        application.terminal().line(std::string("Basic Memory version: ") + kVersion);
        return 0;
    }

    const CLI::App* deepest() const {
        const CLI::App* app = &app_;
        while (!app->get_subcommands().empty()) app = app->get_subcommands().front();
        return app;
    }

    std::string command_path() const {
        std::string path;
        const CLI::App* app = &app_;
        while (true) {
            path += (path.empty() ? "" : " ") + app->get_name();
            if (app->get_subcommands().empty()) return path;
            app = app->get_subcommands().front();
        }
    }

    std::string help_text() const {
        const CLI::App* app = deepest();
        const std::string path = command_path();
        const std::size_t space = path.rfind(' ');
        return app->help(space == std::string::npos ? "" : path.substr(0, space));
    }

    CLI::App* command(CLI::App& parent, const std::string& name, const std::string& help) {
        CLI::App* sub = parent.add_subcommand(name, help);
        sub->set_help_flag("-h,--help", "Show this help");
        // Not that of the whole program.
        sub->footer("");
        // Clients and scripts written for several places say which they mean; help need not.
        sub->add_flag("--local", routes_local_, "Work on local projects")->group("");
        sub->add_flag("--cloud", routes_cloud_, "Work on the cloud")->group("");
        return sub;
    }

    CommandMaker maker() {
        return {.command = [this](CLI::App& parent, const std::string& name,
                                  const std::string& help) { return command(parent, name, help); },
                .choose = [this](Action action) { action_ = std::move(action); }};
    }

    template <class Options>
    void on_use(CLI::App* sub, std::shared_ptr<Options> options,
                int (*run)(Application&, const Options&)) {
        sub->callback([this, options, run] {
            action_ = [options, run](Application& application) {
                return run(application, *options);
            };
        });
    }

    void add_watch() {
        auto* sub = command(app_, "watch", "Index every change as it happens, until Ctrl+C");
        sub->callback([this] { action_ = run_watch; });
    }

    void add_upkeep() {
        add_group("db", "Empty the index, or build it anew", add_db_words);
        add_group("hook", "What Claude Code and Codex call while they work", add_hook_words);
        add_group("inspect", "Look at what the index holds, and how it ranks", add_inspect_words);
        add_group("man", "Install or show the manual page", add_man_words);
        add_group("telemetry", "There is none; the setting of other programs", add_telemetry_words);
        add_upkeep_words(app_, maker());
    }

    void add_doctor() {
        auto* sub = command(app_, "doctor", "Check files against the index, repair it, and try it");
        auto options = std::make_shared<DoctorCommand>();
        sub->add_option("-p,--project", options->project, "Project (all of them)");
        sub->add_flag("--check", options->check, "Only tell what differs, and exit with 1 then");
        sub->add_flag("--sync", options->sync, "Also what syncs with the cloud need");
        sub->add_flag("--json", options->json, "Print JSON for scripts");
        on_use(sub, options, run_doctor);
    }

    void add_history() {
        auto* sub = command(app_, "history", "List the earlier versions of a note");
        auto options = std::make_shared<HistoryCommand>();
        sub->add_option("note", options->note,
                        "Title, permalink or path; a deleted note by the one it had");
        sub->add_option("--project", options->project, "Project (the default one)");
        sub->add_flag("--json", options->json, "Print JSON for scripts");
        auto* stats =
            sub->add_flag("--stats", options->stats, "Show how much is kept, of all notes");
        auto* prune = sub->add_flag("--prune", options->prune,
                                    "Remove what the settings do not want kept, now");
        stats->excludes(prune);
        sub->footer(
            "Tools keep what they replace and delete. Bring a version back:  basic-memory restore "
            "NOTE --at ID\n"
            "Settings: history_enabled (true), history_max_age_days (90), history_max_size_mb "
            "(500)");
        on_use(sub, options, run_history);
    }

    void add_restore() {
        auto* sub = command(app_, "restore", "Bring an earlier version of a note back");
        auto options = std::make_shared<RestoreCommand>();
        sub->add_option("note", options->note,
                        "Title, permalink or path; a deleted note by the one it had")
            ->required();
        sub->add_option("--at", options->at,
                        "Id of a version, or a time such as 2026-01-31T12:00 or \"2 hours ago\" "
                        "(the latest version that differs)");
        sub->add_option("--project", options->project, "Project (the default one)");
        sub->add_flag("--json", options->json, "Print JSON for scripts");
        sub->footer("What the note says now is kept too: restore again to take it back.");
        on_use(sub, options, run_restore);
    }

    void add_project() {
        auto* group = command(app_, "project", "List, add, remove and inspect projects");
        group->require_subcommand(1);
        if (!means("project")) return;
        add_project_words(*group, maker());
    }

    void add_group(const std::string& name, const std::string& help,
                   void (*add_words)(CLI::App&, const CommandMaker&)) {
        auto* group = command(app_, name, help);
        group->require_subcommand(1);
        if (means(name)) add_words(*group, maker());
    }

    void add_tools() {
        auto* group = command(app_, "tool", "Call one of the assistant's tools from the shell");
        group->alias("tools");
        group->require_subcommand(1);
        if (!means("tool") && !means("tools")) return;
        for (const auto& each : tool_commands()) add_tool(*group, each);
    }

    void add_tool(CLI::App& group, const ToolCommand& tool) {
        auto* sub = command(group, std::string(tool.name), std::string(tool.help));
        const auto call = add_tool_words(*sub, tool);
        sub->callback([this, call] {
            action_ = [call](Application& application) { return run_tool(application, *call); };
        });
    }

    CLI::App app_;
    std::string first_word_;
    bool shows_version_ = false;
    std::string completion_shell_;
    bool routes_local_ = false;
    bool routes_cloud_ = false;
    Action action_;
};

}  // namespace

namespace {

/// The version wins over everything else and must not touch anything.
bool asks_for_version(const std::vector<std::string>& words) {
    for (const auto& word : words) {
        if (word == "-v" || word == "--version") return true;
        if (!word.starts_with('-')) return false;
    }
    return false;
}

int run_words(Application& application, int argc, const char* const* argv) {
    const std::vector<std::string> words(argv + std::min(argc, 1), argv + argc);
    const auto completed = run_completion(application, words, [](std::string_view first_word) {
        return CommandLine(first_word).tree();
    });
    if (completed) return *completed;
    if (asks_for_version(words)) {
        application.terminal().line(std::string("Basic Memory version: ") + kVersion);
        return 0;
    }
    const auto first = std::find_if(words.begin(), words.end(),
                                    [](const auto& word) { return !word.starts_with('-'); });
    return CommandLine(first == words.end() ? "" : std::string_view(*first))
        .parse_and_run(application, argc, argv);
}

}  // namespace

CommandHelp whole_command_help() { return CommandLine(kEveryWord).help(); }

namespace {

bool wants_json(int argc, const char* const* argv) {
    for (int at = 1; at < argc && std::string_view(argv[at]) != "--"; ++at) {
        if (std::string_view(argv[at]) == "--json") return true;
    }
    return false;
}

int run_caught(Application& application, int argc, const char* const* argv) {
    try {
        const int code = run_words(application, argc, argv);
        if (const auto lost = application.terminal().lost_output(); lost && code == 0) {
            return fail_command(application, "the output could not be written: " + *lost);
        }
        return code;
    } catch (const UsageError& problem) {
        application.terminal().error(problem.message);
        return kExitFailure;
    } catch (const std::exception& problem) {
        const auto trouble = trouble_of(problem, application.directory().index());
        application.terminal().name_failure(trouble ? "unavailable" : "internal");
        return fail_command(application, trouble ? trouble->message : problem.what());
    }
}

}  // namespace

int run_command_line(Application& application, int argc, const char* const* argv) {
    const int code = run_caught(application, argc, argv);
    if (wants_json(argc, argv)) print_failure(application, code);
    return code;
}

}  // namespace bm
