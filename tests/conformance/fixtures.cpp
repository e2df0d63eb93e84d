#include "tests/conformance/fixtures.hpp"

#include <condition_variable>
#include <mutex>
#include <utility>

namespace bm::conformance {

Tool bare_tool(std::string name, std::string description) {
    Tool tool;
    tool.name = std::move(name);
    tool.description = std::move(description);
    tool.input_schema = {{"type", "object"}};
    return tool;
}

ToolReply text_reply(std::string text) { return {.value = std::move(text)}; }

Json object_schema(Json properties, std::vector<std::string> required) {
    Json schema = {{"type", "object"}, {"properties", std::move(properties)}};
    if (!required.empty()) schema["required"] = std::move(required);
    return schema;
}

bool pause(const CallContext& call, std::chrono::milliseconds time) {
    std::mutex mutex;
    std::condition_variable_any never;
    std::unique_lock lock(mutex);
    never.wait_for(lock, call.cancelled, time, [] { return false; });
    return !call.cancelled.stop_requested();
}

std::optional<std::string> accepted_text(const Answers& answers, std::string_view key,
                                         const char* member) {
    const auto form = answers.form(key);
    if (!form || form->action != FormAnswer::Action::accepted) return std::nullopt;
    const auto found = form->content.find(member);
    if (found == form->content.end() || !found->is_string()) return std::nullopt;
    return found->get<std::string>();
}

Catalog::Entries all_fixtures(ChangeBus& changes) {
    Catalog::Entries entries;
    const auto add = [&entries](std::vector<Tool> tools) {
        for (Tool& tool : tools) entries.tools.push_back(std::move(tool));
    };
    add(content_tools());
    add(reporting_tools(changes));
    add(asking_tools());
    add(round_tools());
    add(task_tools());
    entries.prompts = all_prompts();
    entries.resources = all_resources();
    entries.templates = all_templates();
    entries.instructions = "Every entry of this server is a fixture of the conformance suites.";
    entries.server_name = "Conformance fixtures";
    entries.server_version = "1.0.0";
    return entries;
}

}  // namespace bm::conformance
