#pragma once

#include <string>
#include <vector>

#include "cli/command_tree.hpp"

namespace bm {

/// A command with all that its help says, for the manual.
struct CommandHelp {
    struct Word {
        std::vector<std::string> names;  ///< with their hyphens, or the one of a word without
        std::string help;
        bool takes_value = false;
        bool is_required = false;
    };
    std::string name;
    std::string help;
    std::string footer;
    std::vector<Word> positionals = {};
    std::vector<Word> options = {};
    std::vector<CommandHelp> commands = {};
};
/// Of all commands of this program, those below groups too.
CommandHelp whole_command_help();

/// The commands of `config`, `hook`, `db`, `inspect`, `man` and `telemetry`.
void add_config_words(CLI::App& group, const CommandMaker& maker);
void add_hook_words(CLI::App& group, const CommandMaker& maker);
void add_db_words(CLI::App& group, const CommandMaker& maker);
void add_inspect_words(CLI::App& group, const CommandMaker& maker);
void add_man_words(CLI::App& group, const CommandMaker& maker);
void add_telemetry_words(CLI::App& group, const CommandMaker& maker);
/// The words of `setup`.
void add_setup_words(CLI::App& sub, const CommandMaker& maker);
/// The commands that look after index and files, each with its own words.
void add_upkeep_words(CLI::App& app, const CommandMaker& maker);

}  // namespace bm
