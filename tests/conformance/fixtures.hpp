#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "server/change_bus.hpp"
#include "tools/catalog.hpp"

namespace bm::conformance {

/// What the conformance suites call by name: each entry does exactly what its scenario expects and
/// nothing else. `changes` is told of by the tools that pretend to have changed a list.
[[nodiscard]] Catalog::Entries all_fixtures(ChangeBus& changes);

[[nodiscard]] std::vector<Tool> content_tools();
[[nodiscard]] std::vector<Tool> reporting_tools(ChangeBus& changes);
[[nodiscard]] std::vector<Tool> asking_tools();
[[nodiscard]] std::vector<Tool> round_tools();
[[nodiscard]] std::vector<Tool> task_tools();
[[nodiscard]] std::vector<Prompt> all_prompts();
[[nodiscard]] std::vector<Resource> all_resources();
[[nodiscard]] std::vector<ResourceTemplate> all_templates();

/// One white pixel as PNG, and a sample of silence as WAV, in base64.
inline constexpr const char* png =
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8DwHwAFBQIAX8jx0gAAAABJRU5ErkJggg"
    "==";
inline constexpr const char* wav = "UklGRiYAAABXQVZFZm10IBAAAAABAAEAQB8AAAB9AAACABAAZGF0YQIAAAA=";

/// A tool without arguments; what it does is still to be set.
[[nodiscard]] Tool bare_tool(std::string name, std::string description);

[[nodiscard]] ToolReply text_reply(std::string text);

/// The schema of a form, or of a tool, with these members.
[[nodiscard]] Json object_schema(Json properties, std::vector<std::string> required = {});

/// Waits, but not when the call is told to stop. True when the time has passed.
bool pause(const CallContext& call, std::chrono::milliseconds time);

/// A text that the user has accepted under that name. Nothing when the answer is missing, is none,
/// or holds no such text.
[[nodiscard]] std::optional<std::string> accepted_text(const Answers& answers, std::string_view key,
                                                       const char* member);

}  // namespace bm::conformance
