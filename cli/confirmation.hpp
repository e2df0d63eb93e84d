#pragma once

#include <string>

#include "cli/terminal.hpp"

namespace bm {

/// Asks on the terminal; only y and yes mean yes.
[[nodiscard]] bool confirmed(Terminal& terminal, const std::string& question);

}  // namespace bm
