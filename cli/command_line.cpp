#include <cmath>
#include <exception>
#include <memory>

#include <CLI/CLI.hpp>

#include "cli/commands.hpp"
#include "cli/tool_words.hpp"
#include "repository/trouble.hpp"

// Words of the command line become the structs of commands.hpp.

namespace bm {

namespace {

/// What the parsed command line asks for; set by the callback of the command that was named.
using Action = std::function<int(Application&)>;

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
        app_.footer(
            "Start here:  basic-memory project add NAME FOLDER --default\n"
            "             basic-memory mcp            (what an assistant's configuration runs)\n"
            "Help on one command:  basic-memory COMMAND --help");
        app_.require_subcommand(0, 1);
        add_mcp();
        add_status();
        add_sync();
        add_watch();
        add_project();
        add_tools();
        add_reindex();
        add_doctor();
        add_history();
        add_restore();
    }

    int parse_and_run(Application& application, int argc, const char* const* argv) {
        try {
            app_.parse(argc, argv);
        } catch (const CLI::CallForHelp&) {
            application.terminal().print(help_text());
            return 0;
        } catch (const CLI::ParseError& problem) {
            if (shows_version_) return print_version(application);
            application.terminal().error(std::string("Error: ") + problem.what());
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
        if (routes_cloud_) {
            return fail_command(application,
                                "no cloud is configured, so there is nothing that --cloud could "
                                "mean. Leave it out, or say --local.");
        }
        try {
            return action_(application);
        } catch (const UsageError& problem) {
            application.terminal().error(problem.message);
            return kExitFailure;
        }
    }

private:
    /// What is wrong with a number of seconds; empty when it is one.
    static std::string is_duration(const std::string& text) {
        double seconds = 0;
        const bool is_number = CLI::detail::lexical_cast(text, seconds);
        if (is_number && seconds >= 0 && std::isfinite(seconds)) return {};
        return "must be a number of seconds that is not negative, not " + text;
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
        // Clients and scripts written for several places say which they mean; help need not.
        sub->add_flag("--local", routes_local_, "Work on local projects")->group("");
        sub->add_flag("--cloud", routes_cloud_, "Work on the cloud")->group("");
        return sub;
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

    void add_mcp() {
        auto* sub =
            command(app_, "mcp", "Serve the tools to an assistant over stdin and stdout (MCP)");
        auto options = std::make_shared<McpCommand>();
        sub->add_option("--project", options->project, "Serve this project only");
        sub->add_option("--transport", transport_, "How the assistant connects: stdio")
            ->check(CLI::IsMember({"stdio"}))
            ->default_str("stdio");
        on_use(sub, options, run_mcp);
    }

    void add_status() {
        auto* sub =
            command(app_, "status", "Show what has changed on disk since it was last indexed");
        auto options = std::make_shared<StatusCommand>();
        sub->add_option("--project", options->project, "Project (the default one)");
        sub->add_flag("-v,--verbose", options->verbose, "Name every file");
        sub->add_flag("--json", options->json, "Print JSON for scripts");
        sub->add_flag("--wait", options->wait, "Wait until nothing is pending");
        sub->add_option("--timeout", options->timeout, "Seconds to wait at most (30)")
            ->check(is_duration, "SECONDS");
        on_use(sub, options, run_status);
    }

    void add_sync() {
        auto* sub = command(app_, "sync", "Bring the index in step with the files now");
        auto options = std::make_shared<SyncCommand>();
        sub->add_option("--project", options->project, "Project (the default one)");
        sub->add_flag("--all", options->all, "Every project");
        sub->add_flag("--dry-run", options->dry_run, "Only show what would be done");
        sub->add_flag("-v,--verbose", options->verbose, "Name every file");
        sub->add_flag("--json", options->json, "Print JSON for scripts");
        sub->add_flag("--watch", options->watch, "Keep syncing (cloud mode)");
        const auto cloud_only = [options](const std::string&) { options->cloud_only_flags = true; };
        sub->add_option_function<std::string>("--profile", cloud_only,
                                              "safe, balanced or fast (cloud mode)");
        sub->add_option_function<std::string>("--interval", cloud_only,
                                              "Seconds between syncs (cloud mode)");
        sub->add_flag_callback(
            "--resync", [options] { options->cloud_only_flags = true; },
            "Start afresh (cloud mode)");
        on_use(sub, options, run_sync);
    }

    void add_watch() {
        auto* sub = command(app_, "watch", "Index every change as it happens, until Ctrl+C");
        sub->callback([this] { action_ = run_watch; });
    }

    void add_reindex() {
        auto* sub = command(app_, "reindex", "Read every file again and build the index anew");
        auto options = std::make_shared<ReindexCommand>();
        sub->add_option("-p,--project", options->project, "Project (all of them)");
        sub->add_flag("-e,--embeddings", options->embeddings, "Embeddings (semantic search)");
        sub->add_flag("-s,--search", options->search, "Search index");
        sub->add_flag_callback(
            "--full", [] {}, "Accepted; a reindex is always full");
        on_use(sub, options, run_reindex);
    }

    void add_doctor() {
        auto* sub = command(app_, "doctor", "Check files against the index, repair it, and try it");
        auto options = std::make_shared<DoctorCommand>();
        sub->add_option("-p,--project", options->project, "Project (all of them)");
        sub->add_flag("--check", options->check, "Only tell what differs, and exit with 1 then");
        sub->add_flag("--json", options->json, "Print JSON for scripts");
        on_use(sub, options, run_doctor);
    }

    void add_history() {
        auto* sub = command(app_, "history", "List the earlier versions of a note");
        auto options = std::make_shared<HistoryCommand>();
        auto* note = sub->add_option("note", options->note,
                                     "Title, permalink or path; a deleted note by the one it had");
        sub->add_option("--project", options->project, "Project (the default one)");
        auto* as_json = sub->add_flag("--json", options->json, "Print JSON for scripts");
        auto* stats =
            sub->add_flag("--stats", options->stats, "Show how much is kept, of all notes");
        auto* prune = sub->add_flag("--prune", options->prune,
                                    "Remove what the settings do not want kept, now");
        for (auto* all_notes : {stats, prune}) all_notes->excludes(note)->excludes(as_json);
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
        sub->footer("What the note says now is kept too: restore again to take it back.");
        on_use(sub, options, run_restore);
    }

    void add_project() {
        auto* group = command(app_, "project", "List, add, remove and inspect projects");
        group->require_subcommand(1);
        if (first_word_ != "project") return;

        auto* list = command(*group, "list", "List the projects");
        auto json = std::make_shared<bool>(false);
        list->add_flag("--json", *json, "Print JSON for scripts");
        list->callback([this, json] {
            action_ = [json](Application& app) { return run_project_list(app, *json); };
        });

        auto* add = command(*group, "add", "Add a folder of notes as a project");
        auto added = std::make_shared<ProjectAddCommand>();
        add->add_option("name", added->name, "Name of the project")->required();
        add->add_option("path", added->path, "Folder; made if it does not exist");
        add->add_flag("--default", added->make_default, "Make it the default project");
        on_use(add, added, run_project_add);

        auto* remove = command(*group, "remove", "Forget a project; its files stay");
        remove->alias("rm");
        auto removed = std::make_shared<ProjectRemoveCommand>();
        remove->add_option("name", removed->name, "Name of the project")->required();
        remove->add_flag("--delete-notes", removed->delete_notes, "Delete its folder too");
        remove->add_flag("--yes", removed->yes, "Do not ask");
        on_use(remove, removed, run_project_remove);

        add_named(*group, "default", "Make a project the default one", run_project_default);

        auto* move = command(*group, "move", "Change where a project's folder is; moves no file");
        auto name = std::make_shared<std::string>();
        auto path = std::make_shared<std::string>();
        move->add_option("name", *name, "Name of the project")->required();
        move->add_option("path", *path, "New folder")->required();
        move->callback([this, name, path] {
            action_ = [name, path](Application& app) {
                return run_project_move(app, *name, *path);
            };
        });

        auto* info = command(*group, "info", "Show statistics of a project");
        auto wanted = std::make_shared<std::string>();
        auto info_json = std::make_shared<bool>(false);
        info->add_option("name", *wanted, "Name of the project")->required();
        info->add_flag("--json", *info_json, "Print JSON for scripts");
        info->callback([this, wanted, info_json] {
            action_ = [wanted, info_json](Application& app) {
                return run_project_info(app, *wanted, *info_json);
            };
        });

        auto* agree =
            command(*group, "sync-config", "Make the index agree with the configuration file");
        agree->callback([this] { action_ = run_project_sync_config; });
    }

    void add_named(CLI::App& group, const std::string& word, const std::string& help,
                   int (*run)(Application&, const std::string&)) {
        auto* sub = command(group, word, help);
        auto name = std::make_shared<std::string>();
        sub->add_option("name", *name, "Name of the project")->required();
        sub->callback([this, name, run] {
            action_ = [name, run](Application& app) { return run(app, *name); };
        });
    }

    void add_tools() {
        auto* group = command(app_, "tool", "Call one of the assistant's tools from the shell");
        group->alias("tools");
        group->require_subcommand(1);
        if (first_word_ != "tool" && first_word_ != "tools") return;
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
    bool routes_local_ = false;
    bool routes_cloud_ = false;
    std::string transport_ = "stdio";
    Action action_;
};

}  // namespace

int run_command_line(Application& application, int argc, const char* const* argv) {
    try {
        std::string_view first_word;
        for (int i = 1; i < argc; ++i) {
            const std::string_view word = argv[i];
            if (word == "-v" || word == "--version") {
                // Wins over everything else and must not touch anything.
                if (first_word.empty()) {
                    application.terminal().line(std::string("Basic Memory version: ") + kVersion);
                    return 0;
                }
            }
            if (first_word.empty() && !word.starts_with('-')) first_word = word;
        }
        return CommandLine(first_word).parse_and_run(application, argc, argv);
    } catch (const UsageError& problem) {
        application.terminal().error(problem.message);
        return kExitFailure;
    } catch (const std::exception& problem) {
        const auto trouble = trouble_of(problem, application.directory().index());
        return fail_command(application, trouble ? trouble->message : problem.what());
    }
}

}  // namespace bm
