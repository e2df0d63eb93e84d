#include "tools/prompt_values.hpp"

#include <utility>

#include "markdown/text.hpp"
#include "tools/project_choice.hpp"

namespace bm {

std::optional<std::string> prompt_value(const PromptValues& values, std::string_view argument) {
    const auto found = values.find(argument);
    if (found == values.end() || is_blank(found->second)) {
        return std::nullopt;
    }
    return std::string(trim(found->second));
}

Result<std::optional<TimeWindow>> window_of(const PromptValues& values, Timestamp now) {
    const auto words = prompt_value(values, "timeframe");
    if (!words) {
        return std::optional<TimeWindow>{};
    }
    return parse_time_window(*words, now).map([](TimeWindow window) {
        return std::optional(std::move(window));
    });
}

Result<std::optional<Project>> prompt_project_or_none(KnowledgeBase& knowledge,
                                                      const PromptValues& values) {
    ProjectWish wish;
    wish.project = prompt_value(values, "project");
    return project_or_none(knowledge, wish).map([](std::optional<ChosenProject> chosen) {
        return chosen ? std::optional(std::move(chosen->project)) : std::nullopt;
    });
}

Result<Project> prompt_project(KnowledgeBase& knowledge, const PromptValues& values) {
    auto chosen = prompt_project_or_none(knowledge, values);
    if (!chosen) {
        return tl::unexpected<Error>(chosen.error());
    }
    auto project = *chosen ? *std::move(chosen) : knowledge.default_project();
    if (!project) {
        return fail(Fault::not_found, "There is no default project. Name one of the projects.");
    }
    return *std::move(project);
}

}  // namespace bm
