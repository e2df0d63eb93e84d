#pragma once

#include <optional>
#include <string>

#include "cli/tool_commands.hpp"

/// What calling a tool from the shell has in common here and on the cloud.
namespace bm {

/// Content of write-note comes from standard input when no flag brings it; the exit code when there
/// is none.
[[nodiscard]] std::optional<int> read_content(Application& application, ToolCall& call);

/// Chooses how the result is printed, and asks the tool for what that needs.
[[nodiscard]] OutputMode prepare_output(Application& application, ToolCall& call, const Tool& tool);

/// Prints the reply; the exit code.
int finish_tool(Application& application, ToolCall& call, OutputMode mode, const Tool& tool,
                const ToolReply& reply);

int print_prompt(Application& application, const ToolCall& call, const std::string& text);

/// `Error during {tool}: {text}`; the exit code.
int tool_error(Application& application, const ToolCommand& command, const std::string& text);

[[nodiscard]] bool takes_argument(const Tool& tool, const std::string& name);

}  // namespace bm
