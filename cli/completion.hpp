#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cli/application.hpp"
#include "cli/command_tree.hpp"

/// What the shell offers behind `bm` when somebody presses TAB.
namespace bm {

/// What the last of `words` (perhaps empty) may become, sorted as in the help: commands, options of
/// the command that was reached, or names of projects. Empty where only the user knows. Pure apart
/// from `project_names`, which is asked only when names are wanted.
std::vector<std::string> completed_words(
    const CommandTree& root, const std::vector<std::string>& words,
    const std::function<std::vector<std::string>()>& project_names);

/// The script that makes a shell ask this program; none for a shell that is not bash, zsh or fish.
std::optional<std::string> completion_script(std::string_view shell);

/// `--show-completion [SHELL]`, `--install-completion [SHELL]` and what the scripts call,
/// `--complete-words WORD...`: the exit code. None when `words` start with none of them. `tree` is
/// asked for the commands with the words that stand in front of the cursor.
std::optional<int> run_completion(
    Application& application, const std::vector<std::string>& words,
    const std::function<CommandTree(std::string_view first_word)>& tree);

}  // namespace bm
