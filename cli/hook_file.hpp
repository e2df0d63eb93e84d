#pragma once

#include <array>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "markdown/result.hpp"

/// Where Claude Code and Codex are told which programs to call while they work: text in, text out.
namespace bm {

struct HookVerb {
    std::string_view verb;   ///< as in `bm hook VERB`
    std::string_view event;  ///< as the harness calls it
};
inline constexpr std::array<HookVerb, 3> kHookVerbs{{
    {"session-start", "SessionStart"},
    {"pre-compact", "PreCompact"},
    {"stop", "Stop"},
}};

/// The text with one call of `program` for each verb; those that are there are brought up to date.
/// What others have put there stays. These three: Fault::invalid for a text that is malformed.
Result<std::string> with_hooks(std::string_view text, std::string_view harness,
                               const std::string& program);
/// The text without the calls that end in `hook VERB --harness HARNESS`.
Result<std::string> without_hooks(std::string_view text, std::string_view harness);
/// The commands that are there, by verb.
Result<std::map<std::string, std::string>> hooks_in(std::string_view text,
                                                    std::string_view harness);

}  // namespace bm
