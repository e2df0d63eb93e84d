#include <utility>

#include "tools/activity_reading.hpp"
#include "tools/activity_report.hpp"
#include "tools/all_prompts.hpp"
#include "tools/completion.hpp"
#include "tools/prompt_values.hpp"

namespace bm {
namespace {

constexpr const char* kDefaultTimeframe = "7d";

std::string write_skeleton(const std::string& title, const std::string& project) {
    return "```\nwrite_note(\n    project=\"" + project + "\",\n    title=\"" + title +
           "\",\n    content=\"# " + title +
           "\\n\\n- [summary] What happened\\n- covers [[Note Title]]\",\n"
           "    directory=\"summaries\"\n)\n```";
}

std::string one_project(KnowledgeBase& knowledge, const Project& project,
                        const ActivityQuery& query) {
    const auto& name = project.name.str();
    const auto activity = read_activity(knowledge, {project}, query, query.page_size, 0).front();
    return "# Recent Activity in " + name + " (" + query.timeframe +
           ")\n\n"
           "# Recent Activity Context\n\n" +
           project_activity_text(activity, query) +
           "\n\n## Next Steps\n\n"
           "- Read what matters: `read_note(\"...\", project=\"" +
           name +
           "\")`\n"
           "- Follow its links: `build_context(\"memory://...\", project=\"" +
           name +
           "\")`\n"
           "- Look further back: `recent_activity(project=\"" +
           name +
           "\", timeframe=\"30d\")`\n\n"
           "## Opportunity to Capture Activity Summary\n\n"
           "If the user wants an overview, offer to summarize the recent activity in " +
           name + ":\n\n" + write_skeleton("Activity Summary", name);
}

std::string active_projects(const std::vector<ProjectActivity>& activities) {
    std::string list;
    for (const auto& activity : activities) {
        if (activity.page.total > 0) {
            list += "- **" + activity.project.name.str() +
                    "**: " + std::to_string(activity.page.total) + " items\n";
        }
    }
    return list.empty() ? "No project has changed in this time.\n" : list;
}

std::string all_projects(KnowledgeBase& knowledge, const ActivityQuery& query) {
    const auto activities =
        read_activity(knowledge, knowledge.projects(), query, query.page_size, 0);
    const auto* top = most_active(activities);
    const std::string name = top == nullptr ? "..." : top->project.name.str();
    return "# Recent Activity Across All Projects (" + query.timeframe +
           ")\n\n"
           "# Recent Activity Context\n\n"
           "## Active Projects\n\n" +
           active_projects(activities) + '\n' + discovery_text(activities, query, knowledge.now()) +
           "\n\n## Cross-Project Activity Discovery\n\n"
           "- Look at one project: `recent_activity(project=\"" +
           name +
           "\")`\n"
           "- Search in all of them: `search_notes(\"...\", search_all_projects=True)`\n"
           "- Ask the user which project to go on with, and keep to the answer.\n\n"
           "## Capture Opportunity\n\n"
           "If something runs through several projects, offer to write it down:\n\n" +
           write_skeleton("Across Projects", name);
}

Result<std::string> recent_activity(KnowledgeBase& knowledge, const PromptValues& values) {
    const auto project = prompt_project_or_none(knowledge, values);
    if (!project) {
        return tl::unexpected<Error>(project.error());
    }
    auto window = parse_time_window(prompt_value(values, "timeframe").value_or(kDefaultTimeframe),
                                    knowledge.now());
    if (!window) {
        return tl::unexpected<Error>(window.error());
    }
    ActivityQuery query;
    query.timeframe = std::move(window->label);
    query.since = window->since;
    return *project ? one_project(knowledge, **project, query) : all_projects(knowledge, query);
}

}  // namespace

Prompt recent_activity_prompt(KnowledgeBase& knowledge) {
    return {"recent_activity",
            "Recent Activity",
            "Recent activity of a project, or across all projects",
            {{"timeframe", "How far back to look, 7d when left out", false},
             {"project", "Name of the project; all of them when left out", false}},
            [&knowledge](const CallContext&, const PromptValues& values) {
                return recent_activity(knowledge, values);
            },
            [&knowledge](std::string_view argument, std::string_view typed,
                         const PromptValues&) -> std::vector<std::string> {
                if (argument == "timeframe") {
                    return complete_timeframe(typed);
                }
                return argument == "project" ? complete_project(knowledge, typed)
                                             : std::vector<std::string>{};
            }};
}

}  // namespace bm
