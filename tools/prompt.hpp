#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "markdown/result.hpp"
#include "tools/tool.hpp"

namespace bm {

struct PromptArgument {
    std::string name;
    std::string description;
    bool required = false;
};

using PromptValues = std::map<std::string, std::string, std::less<>>;

struct PromptMessage {
    bool from_assistant = false;  ///< else from the user
    ContentBlock content;
};
using PromptMessages = std::vector<PromptMessage>;

/// A text that a person picks to start a conversation with.
struct Prompt {
    std::string name;
    std::string title;
    std::string description;
    std::vector<PromptArgument> arguments;
    /// The text of the one user message. Required arguments are present; an empty string means not
    /// given.
    std::function<Result<std::string>(const CallContext&, const PromptValues&)> run;
    /// Up to 100 values for `argument` that fit what was typed so far, best first. May be empty.
    std::function<Result<std::vector<std::string>>(
        std::string_view argument, std::string_view typed, const PromptValues& others)>
        complete = {};
    /// Instead of `run`, for a prompt of several messages, or one that asks its client.
    std::function<Result<std::variant<PromptMessages, InputNeeded>>(const CallContext&,
                                                                    const PromptValues&)>
        compose = {};
};

}  // namespace bm
