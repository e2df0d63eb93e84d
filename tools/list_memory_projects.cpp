#include "tools/all_tools.hpp"
#include "tools/project_choice.hpp"
#include "tools/text_rule.hpp"
#include "tools/tool_builder.hpp"

namespace bm {
namespace {

constexpr std::string_view kListMemoryProjectsDescription =
    "List the projects of the knowledge base. Use it when several projects exist and the user has "
    "not said which one to use; pass the chosen name as `project` to the other tools.";

struct ListMemoryProjects {
    bool as_json = false;

    static tl::expected<ListMemoryProjects, ArgumentProblem> from(const Arguments& arguments) {
        return ListMemoryProjects{wants_json(arguments)};
    }
};

std::string constrained_text(const std::string& name) {
    return "Project: " + name +
           "\n\nNote: This MCP server is constrained to a single project.\n"
           "All operations will automatically use this project.";
}

std::string projects_text(const std::vector<Project>& projects) {
    std::string text = "Available projects:\n";
    for (const auto& project : projects) {
        text += "• " + project.name.str() + '\n';
    }
    return text + '\n' + text_rule() +
           "\nNext: Ask which project to use for this session.\n"
           "Example: 'Which project should I use for this task?'\n\n"
           "Session reminder: Track the selected project for all subsequent operations in this "
           "conversation.\nThe user can say 'switch to [project]' to change projects.";
}

Json project_object(const Project& project, const std::string& default_project) {
    Json object = Json::object();
    object["name"] = project.name.str();
    object["external_id"] = project.external_id;
    object["path"] = project.path.string();
    object["local_path"] = project.path.string();
    object["cloud_path"] = nullptr;
    object["source"] = "local";
    object["is_default"] = project.name.str() == default_project;
    object["is_private"] = false;
    object["display_name"] = nullptr;
    object["workspace_name"] = nullptr;
    object["workspace_slug"] = nullptr;
    object["workspace_type"] = nullptr;
    object["workspace_tenant_id"] = nullptr;
    object["qualified_name"] = project.name.str();
    return object;
}

Result<Json> list_memory_projects(ToolContext& context, const ListMemoryProjects& input) {
    auto& knowledge = context.knowledge;
    const auto& constraint = knowledge.constraint();
    if (!input.as_json && constraint) {
        return constrained_text(*constraint);
    }
    const auto projects = knowledge.projects();
    if (!input.as_json) {
        return projects_text(projects);
    }
    const auto default_project = knowledge.config()->default_project;
    Json list = Json::array();
    for (const auto& project : projects) {
        if (!constraint || project.name.str() == *constraint) {
            list.push_back(project_object(project, default_project));
        }
    }
    Json object = Json::object();
    object["projects"] = std::move(list);
    object["default_project"] = default_project;
    object["constrained_project"] = constraint ? Json(*constraint) : Json(nullptr);
    return object;
}

}  // namespace

Tool list_memory_projects_tool(KnowledgeBase& knowledge) {
    return make_tool<ListMemoryProjects>(knowledge,
                                         {.name = "list_memory_projects",
                                          .title = "List Memory Projects",
                                          .description = kListMemoryProjectsDescription,
                                          .parameters = {output_format_parameter()},
                                          .output_schema = wrapped_schema({"string", "object"}),
                                          .annotations = kReadsOnly,
                                          .wraps_result = true},
                                         list_memory_projects);
}

}  // namespace bm
