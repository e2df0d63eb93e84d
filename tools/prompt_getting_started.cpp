#include <utility>

#include "tools/activity_reading.hpp"
#include "tools/activity_report.hpp"
#include "tools/all_prompts.hpp"
#include "tools/completion.hpp"
#include "tools/prompt_values.hpp"

namespace bm {
namespace {

constexpr const char* kTimeframe = "30d";

std::string introduction(KnowledgeBase& knowledge, const Project& project,
                         const TimeWindow& window) {
    const auto& name = project.name.str();
    ActivityQuery query;
    query.timeframe = window.label;
    query.since = window.since;
    const auto activity = read_activity(knowledge, {project}, query, query.page_size, 0).front();
    return "# Getting started with Basic Memory\n\n"
           "The user wants to get to know Basic Memory. Work in the project '" +
           name + "': pass `project=\"" + name +
           "\"` with every call.\n\n"
           "## What changed lately\n\n" +
           project_activity_text(activity, query) +
           "\n\n## What to do\n\n"
           "1. Judge from the above whether there are notes already. If you are not sure, look: "
           "`list_directory(\"/\", project=\"" +
           name +
           "\")`.\n"
           "2. Explain in a few sentences what Basic Memory is: Markdown notes on the user's own "
           "disk that they and you read and write, with facts and links that can be searched and "
           "followed in later conversations.\n"
           "3. If there are notes, name two or three that look alive and ask which to go on with. "
           "If there are none, offer to write a first one, and say what it would hold.\n"
           "4. Write only after the user agrees:\n\n"
           "```\nwrite_note(\n    project=\"" +
           name +
           "\",\n    title=\"Getting Started\",\n    content=\"# Getting Started\\n\\n"
           "- [goal] What this knowledge base is for\\n- [preference] How I like to work\",\n"
           "    directory=\"notes\"\n)\n```";
}

std::string choose_project(const std::vector<Project>& projects) {
    std::string text = "# Choose a Basic Memory project\n\n";
    if (projects.empty()) {
        return text +
               "There is no project yet. Ask the user for a name and a folder, create it with "
               "`create_memory_project(project_name=\"...\", project_path=\"...\")`, then call "
               "`list_memory_projects()`.";
    }
    text += "Several projects exist, and it is not known which one is meant:\n\n";
    for (const auto& project : projects) {
        text += "- **" + project.name.str() + "**: pass `project=\"" + project.name.str() + "\"`\n";
    }
    return text +
           "\n"
           "Ask the user which one to use. Do not read or write any notes before they have chosen; "
           "then pass that name with every call.";
}

Result<std::string> getting_started(KnowledgeBase& knowledge, const PromptValues& values) {
    auto chosen = prompt_project_or_none(knowledge, values);
    if (!chosen) {
        return tl::unexpected<Error>(chosen.error());
    }
    const auto window = parse_time_window(kTimeframe, knowledge.now());
    if (!window) {
        return tl::unexpected<Error>(window.error());
    }
    if (*chosen) {
        return introduction(knowledge, **chosen, *window);
    }
    const auto projects = knowledge.projects();
    return projects.size() == 1 ? introduction(knowledge, projects.front(), *window)
                                : choose_project(projects);
}

}  // namespace

Prompt getting_started_prompt(KnowledgeBase& knowledge) {
    return {"getting_started",
            "Getting Started",
            "Introduce Basic Memory and help the user create their first note",
            {{"project", "Name of the project to start in", false}},
            [&knowledge](const CallContext&, const PromptValues& values) {
                return getting_started(knowledge, values);
            },
            [&knowledge](std::string_view argument, std::string_view typed,
                         const PromptValues&) -> std::vector<std::string> {
                return argument == "project" ? complete_project(knowledge, typed)
                                             : std::vector<std::string>{};
            }};
}

}  // namespace bm
