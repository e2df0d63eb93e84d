#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace CLI {
class App;
}

namespace bm {

class Application;
struct ServingOptions;

/// What a parsed command line asks for; the exit code.
using Action = std::function<int(Application&)>;

/// How the parts of the command line make a command and say what it does.
struct CommandMaker {
    std::function<CLI::App*(CLI::App& parent, const std::string& name, const std::string& help)>
        command;
    std::function<void(Action)> choose;
};

/// Has `command` chosen with `action` when the line names it.
void on_use(const CommandMaker& maker, CLI::App* command, Action action);

/// The same with what its options are written to: `run` gets the application and that value.
template <class Value, class Run>
void on_use(const CommandMaker& maker, CLI::App* command, std::shared_ptr<Value> value, Run run) {
    on_use(maker, command, [value = std::move(value), run](Application& application) {
        return run(application, *value);
    });
}

/// The commands that there are, as data.
struct CommandTree {
    struct Option {
        std::vector<std::string> names;  ///< with their hyphens
        bool takes_value = false;
        std::vector<std::string> values = {};  ///< all that it takes; empty where nobody knows them
    };
    std::string name;
    std::vector<std::string> aliases;
    std::vector<Option> options;
    std::vector<CommandTree> commands;

    [[nodiscard]] const CommandTree* find(const std::string& word) const;
    [[nodiscard]] bool takes_value(const std::string& option) const;
    /// None for an option that there is not.
    [[nodiscard]] const Option* find_option(const std::string& option) const;
};
CommandTree command_tree(const CLI::App& app);

/// `there is no command 'x' in 'bm tool'. There are: a, b.` when a group of commands got a word
/// that is none of them.
std::optional<std::string> unknown_command(const CLI::App& group, const std::string& path);

/// The commands `mcp`, `status` and `sync`.
void add_server_words(CLI::App& app, const CommandMaker& maker);
/// The commands of `project`.
void add_project_words(CLI::App& group, const CommandMaker& maker);
/// The commands of `cloud`.
void add_cloud_words(CLI::App& group, const CommandMaker& maker);
/// The commands of `token`, `client` and `user`.
void add_token_words(CLI::App& group, const CommandMaker& maker);
void add_client_words(CLI::App& group, const CommandMaker& maker);
/// The options that the commands have in common that serve over HTTP.
void add_serving_words(CLI::App& sub, ServingOptions& options);
void add_user_words(CLI::App& group, const CommandMaker& maker);
/// The command `serve` and those below it.
void add_serve_words(CLI::App& group, const CommandMaker& maker);

}  // namespace bm
