#pragma once

#include <string>

#include "cli/command_help.hpp"

namespace bm {

/// The manual page of all commands, for section 1, in the language of man(7). Pure.
std::string man_page(const CommandHelp& tree, const std::string& version);

}  // namespace bm
