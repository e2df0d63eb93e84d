#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "markdown/result.hpp"
#include "repository/project_repository.hpp"
#include "sync/knowledge_base.hpp"
#include "tools/prompt.hpp"
#include "tools/time_window.hpp"

/// Reading what a person typed into a prompt.
namespace bm {

/// The value, trimmed; none when it is missing or blank.
std::optional<std::string> prompt_value(const PromptValues& values, std::string_view argument);

/// The window of the argument `timeframe`; none when it was not given.
Result<std::optional<TimeWindow>> window_of(const PromptValues& values, Timestamp now);

/// The project of a prompt: as for a tool, and the default project as a last resort, because a
/// prompt cannot ask.
Result<Project> prompt_project(KnowledgeBase& knowledge, const PromptValues& values);
/// The same without the last resort.
Result<std::optional<Project>> prompt_project_or_none(KnowledgeBase& knowledge,
                                                      const PromptValues& values);

}  // namespace bm
