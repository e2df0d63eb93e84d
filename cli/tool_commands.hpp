#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "cli/commands.hpp"
#include "tools/tool.hpp"

namespace bm {

/// How the words behind a flag become an argument.
enum class FlagKind {
    text,     ///< one string
    number,   ///< an integer
    real,     ///< a number
    present,  ///< true when given
    absent,   ///< false when given (`--no-...`)
    list,     ///< repeatable strings
    pairs,    ///< repeatable KEY=VALUE, gathered into an object
    json,     ///< JSON text
    choice,   ///< sets the argument to `value`; at most one of those with the same argument
};

struct ToolFlag {
    std::string_view flags;     ///< as the command line spells it, alternatives joined by commas
    std::string_view argument;  ///< of the tool
    FlagKind kind = FlagKind::text;
    bool required = false;
    std::string_view help;
    std::string_view value = {};
};

/// One `bm tool` command: the flags are data, the work is the tool's.
struct ToolCommand {
    std::string_view name;
    std::string_view tool;
    std::string_view help;
    std::vector<ToolFlag> positionals;
    std::vector<ToolFlag> flags;
};
std::span<const ToolCommand> tool_commands();

enum class OutputMode { automatic, json, plain, text };

/// A command line that was understood.
struct ToolCall {
    const ToolCommand* command = nullptr;
    Json arguments = Json::object();
    OutputMode output = OutputMode::automatic;
    bool literal = false;  ///< the result is the bytes of a file: nothing is added
};
int run_tool(Application& application, ToolCall call);

/// What `--plain` prints (and a terminal shows) for a JSON result; none when the tool's own text
/// serves better.
std::optional<std::string> plain_text(const Terminal& terminal, const ToolCall& call,
                                      const Json& result);

}  // namespace bm
