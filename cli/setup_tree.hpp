#pragma once

#include "cli/command_tree.hpp"

namespace bm {

/// The commands of `config`.
void add_config_words(CLI::App& group, const CommandMaker& maker);
/// The words of `setup`.
void add_setup_words(CLI::App& sub, const CommandMaker& maker);

}  // namespace bm
