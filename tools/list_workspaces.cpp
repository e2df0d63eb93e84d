#include "tools/all_tools.hpp"
#include "tools/project_choice.hpp"
#include "tools/tool_builder.hpp"

namespace bm {
namespace {

constexpr std::string_view kListWorkspacesDescription =
    "List the workspaces that projects live in. A local knowledge base has exactly one, "
    "`personal`.";

struct ListWorkspaces {
    bool as_json = false;

    static tl::expected<ListWorkspaces, ArgumentProblem> from(const Arguments& arguments) {
        return ListWorkspaces{wants_json(arguments)};
    }
};

Json workspaces_object() {
    Json workspace = Json::object();
    workspace["tenant_id"] = "personal";
    workspace["workspace_type"] = "personal";
    workspace["slug"] = "personal";
    workspace["name"] = "Personal";
    workspace["role"] = "owner";
    workspace["is_default"] = true;
    workspace["has_active_subscription"] = true;
    Json object = Json::object();
    object["workspaces"] = Json::array({std::move(workspace)});
    object["count"] = 1;
    object["default_workspace_id"] = "personal";
    object["current_workspace_id"] = nullptr;
    return object;
}

Result<Json> list_workspaces(ToolContext& /*context*/, const ListWorkspaces& input) {
    if (input.as_json) {
        return workspaces_object();
    }
    return "# Available Workspaces (1)\n\n"
           "- Personal (slug=personal, type=personal, role=owner, default, tenant_id=personal)";
}

}  // namespace

Tool list_workspaces_tool(KnowledgeBase& knowledge) {
    return make_tool<ListWorkspaces>(
        knowledge,
        {.name = "list_workspaces",
         .title = "List Workspaces",
         .description = kListWorkspacesDescription,
         // Clients that add the project to every call send it here too.
         .parameters = {project_parameter(), project_id_parameter(), output_format_parameter()},
         .output_schema = wrapped_schema({"string", "object"}),
         .annotations = kReadsOnly,
         .wraps_result = true},
        list_workspaces);
}

}  // namespace bm
