#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "repository/project_repository.hpp"
#include "tools/tool_context.hpp"

/// Nothing a client names leads out of its project, and every attempt leaves one line in the log.
namespace bm {

/// Whether `raw` stays inside the project, by its text and through the symbolic links on its way:
/// as it is without "memory://", as the note that a link means, as a folder after cleaning, and
/// each of them also with ".md" behind it.
bool stays_inside(const Project& project, std::string_view raw);

/// One warning that names the tool, the project and the path.
void log_refusal(const ToolContext& context, const Project& project, std::string_view raw);

/// `{subject} '{raw}' is not allowed - paths must stay within project boundaries`
std::string refusal_sentence(std::string_view subject, std::string_view raw);
/// The same below the heading `# Error`.
std::string refusal_text(std::string_view subject, std::string_view raw);

/// None when `raw` stays inside; otherwise logs the attempt and gives refusal_text.
std::optional<std::string> refuse_outside(const ToolContext& context, const Project& project,
                                          std::string_view subject, std::string_view raw);

}  // namespace bm
