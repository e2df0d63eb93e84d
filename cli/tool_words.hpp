#pragma once

#include <memory>
#include <string>

#include "cli/tool_commands.hpp"

namespace CLI {
class App;
}

namespace bm {

/// A mistake in the command line that its grammar does not see.
struct UsageError {
    std::string message;
};

/// Gives the command `sub` the words of a tool. What they say stands in the result once the command
/// line has been parsed; parsing throws UsageError.
[[nodiscard]] std::shared_ptr<ToolCall> add_tool_words(CLI::App& sub, const ToolCommand& tool);

}  // namespace bm
