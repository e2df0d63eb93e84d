#include "cli/completion.hpp"

#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>

#include "cli/client_place.hpp"
#include "cli/commands.hpp"
#include "repository/settable_keys.hpp"

namespace bm {

namespace fs = std::filesystem;

namespace {

constexpr std::string_view kBashScript =
    R"sh(_basic_memory_words() {
    local word
    COMPREPLY=()
    while IFS= read -r word; do
        COMPREPLY+=("$(printf '%q' "$word")")
    done < <("${COMP_WORDS[0]}" --complete-words "${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
}
complete -o default -F _basic_memory_words bm basic-memory
)sh";

constexpr std::string_view kZshScript =
    R"sh(#compdef bm basic-memory
_basic_memory_words() {
    local -a found
    found=(${(f)"$("${words[1]}" --complete-words "${(@)words[2,CURRENT]}" 2>/dev/null)"})
    if (( ${#found} )); then
        compadd -a found
    else
        _files
    fi
}
if [ "$funcstack[1]" = "_bm" ]; then
    _basic_memory_words "$@"
else
    compdef _basic_memory_words bm basic-memory
fi
)sh";

constexpr std::string_view kFishScript =
    R"sh(function __basic_memory_words
    set -l typed (commandline -opc) (commandline -ct)
    command $typed[1] --complete-words $typed[2..-1] 2>/dev/null
end
complete -c bm -a '(__basic_memory_words)'
complete -c basic-memory -a '(__basic_memory_words)'
)sh";

bool wants_project_name(const std::string& option) {
    return option == "--project" || option == "-p" || option == "--name";
}

bool begins_with_project_name(const CommandTree& root, const CommandTree& reached) {
    constexpr std::array<std::string_view, 8> named{"remove",     "default",     "move",
                                                    "info",       "set-cloud",   "set-local",
                                                    "sync-setup", "bisync-reset"};
    const CommandTree* project = root.find("project");
    return project != nullptr && project->find(reached.name) == &reached &&
           std::find(named.begin(), named.end(), reached.name) != named.end();
}

/// What the first word of a command is one of, where that is known beforehand.
std::vector<std::string> first_words(const CommandTree& root, const CommandTree& reached) {
    std::vector<std::string> words;
    const CommandTree* config = root.find("config");
    if (root.find("setup") == &reached) {
        for (const Client& client : clients()) words.emplace_back(client.name);
    } else if (config != nullptr && reached.name != "list" &&
               config->find(reached.name) == &reached) {
        words = settable_keys();
    }
    return words;
}

std::vector<std::string> option_values(const CommandTree& command, const std::string& option) {
    const auto* known = command.find_option(option);
    if (known != nullptr && !known->values.empty()) return known->values;
    if (option == "--harness") return {"claude", "codex"};
    return {};
}

/// Where the words in front of the cursor lead.
struct Reached {
    const CommandTree* command;
    std::string option;  ///< the one whose value comes next, or empty
    std::size_t positionals = 0;
};

Reached reached_by(const CommandTree& root, const std::vector<std::string>& words) {
    Reached at{&root, "", 0};
    for (const auto& word : words) {
        // A shell may take "--project=x" for three words.
        if (word == "=") continue;
        if (!at.option.empty()) {
            at.option.clear();
        } else if (word.starts_with('-')) {
            at.option = at.command->takes_value(word) ? word : "";
        } else if (const auto* below = at.command->find(word)) {
            at = {below, "", 0};
        } else {
            ++at.positionals;
        }
    }
    return at;
}

std::vector<std::string> candidates(const CommandTree& root, const Reached& at, bool wants_option,
                                    const std::function<std::vector<std::string>()>& projects) {
    if (!at.option.empty()) {
        auto values = option_values(*at.command, at.option);
        return values.empty() && wants_project_name(at.option) ? projects() : values;
    }
    std::vector<std::string> list;
    if (wants_option) {
        for (const auto& option : at.command->options) {
            list.insert(list.end(), option.names.begin(), option.names.end());
        }
        return list;
    }
    if (at.positionals == 0 && begins_with_project_name(root, *at.command)) return projects();
    for (const auto& command : at.command->commands) list.push_back(command.name);
    if (at.positionals == 0 && list.empty()) return first_words(root, *at.command);
    return list;
}

std::string wanted_shell(const Application& application, const std::vector<std::string>& words) {
    if (words.size() > 1) return words[1];
    return fs::path(application.environment()("SHELL").value_or("")).filename().string();
}

fs::path folder_from(const Environment& environment, const char* variable, const char* below_home) {
    const auto set = environment(variable);
    if (set && fs::path(*set).is_absolute()) return *set;
    return fs::path(environment("HOME").value_or("")) / below_home;
}

/// Where a shell looks for the completion of a command of this name.
fs::path script_path(const Environment& environment, std::string_view shell,
                     const std::string& command) {
    if (shell == "bash") {
        return folder_from(environment, "XDG_DATA_HOME", ".local/share") /
               "bash-completion/completions" / command;
    }
    if (shell == "fish") {
        return folder_from(environment, "XDG_CONFIG_HOME", ".config") / "fish/completions" /
               (command + ".fish");
    }
    return fs::path(environment("HOME").value_or("")) / ".zfunc" / ("_" + command);
}

std::string next_step(std::string_view shell) {
    if (shell == "bash") {
        return "It needs the package bash-completion. It works in the next shell.";
    }
    if (shell == "fish") return "It works in the next shell.";
    return "If ~/.zshrc does not say so already, add to it, in front of `compinit`:\n"
           "  fpath+=(~/.zfunc)";
}

bool write_script(const fs::path& path, std::string_view script) {
    std::error_code problem;
    fs::create_directories(path.parent_path(), problem);
    std::ofstream out(path, std::ios::binary | std::ios::trunc);
    out << script << std::flush;
    return out.good();
}

int install(Application& application, std::string_view shell, std::string_view script) {
    const Environment& environment = application.environment();
    if (environment("HOME").value_or("").empty()) {
        return fail_command(application, "HOME is not set, so there is no place for the script.");
    }
    // zsh reads the names from the script; the other two look for a file of each name.
    std::vector<std::string> commands{"bm"};
    if (shell != "zsh") commands.emplace_back(kProgramName);
    for (const auto& command : commands) {
        const fs::path path = script_path(environment, shell, command);
        if (!write_script(path, script)) {
            return fail_command(application, "cannot write " + path.string());
        }
        application.terminal().line("Written: " + path.string());
    }
    application.terminal().line(next_step(shell));
    return 0;
}

std::vector<std::string> configured_names(const Application& application) {
    std::vector<std::string> names;
    if (const auto config = ConfigFile(application.directory(), application.environment()).load()) {
        for (const auto& project : config->projects) names.push_back(project.name);
    }
    return names;
}

int complete(Application& application, const std::vector<std::string>& words,
             const std::function<CommandTree(std::string_view)>& tree) {
    const auto first = std::find_if(words.begin(), words.end(),
                                    [](const auto& word) { return !word.starts_with('-'); });
    const CommandTree root = tree(first == words.end() ? "" : std::string_view(*first));
    for (const auto& word :
         completed_words(root, words, [&] { return configured_names(application); })) {
        application.terminal().line(word);
    }
    return 0;
}

}  // namespace

std::vector<std::string> completed_words(
    const CommandTree& root, const std::vector<std::string>& words,
    const std::function<std::vector<std::string>()>& project_names) {
    if (words.empty()) return {};
    const std::string typed = words.back() == "=" ? "" : words.back();
    const Reached at = reached_by(root, {words.begin(), words.end() - 1});
    auto list = candidates(root, at, typed.starts_with('-'), project_names);
    std::erase_if(list, [&](const std::string& word) { return !word.starts_with(typed); });
    return list;
}

std::optional<std::string> completion_script(std::string_view shell) {
    if (shell == "bash") return std::string(kBashScript);
    if (shell == "zsh") return std::string(kZshScript);
    if (shell == "fish") return std::string(kFishScript);
    return std::nullopt;
}

std::optional<int> run_completion(Application& application, const std::vector<std::string>& words,
                                  const std::function<CommandTree(std::string_view)>& tree) {
    if (words.empty()) return std::nullopt;
    if (words[0] == "--complete-words") {
        return complete(application, {words.begin() + 1, words.end()}, tree);
    }
    const bool shows = words[0] == "--show-completion";
    if (!shows && words[0] != "--install-completion") return std::nullopt;
    const std::string shell = wanted_shell(application, words);
    const auto script = completion_script(shell);
    if (!script) {
        application.terminal().error(
            "Error: there is completion for bash, zsh and fish, not for '" + shell +
            "'. Name one of them: " + words[0] + " bash");
        return kExitUsage;
    }
    if (!shows) return install(application, shell, *script);
    application.terminal().print(*script);
    return 0;
}

}  // namespace bm
