#pragma once

#include <string>

#include "cli/terminal.hpp"
#include "markdown/result.hpp"

namespace bm {

/// A new password: asked for twice on the terminal, without showing it, or the first line of a
/// standard input that is no terminal. Never an argument: others can see those.
Result<std::string> read_new_password(Terminal& terminal);

}  // namespace bm
