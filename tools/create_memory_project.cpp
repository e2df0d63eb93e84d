#include <utility>

#include "markdown/text.hpp"
#include "tools/all_tools.hpp"
#include "tools/call_text.hpp"
#include "tools/json_value.hpp"
#include "tools/project_choice.hpp"
#include "tools/tool_builder.hpp"

namespace bm {
namespace {

constexpr std::string_view kCreateMemoryProjectDescription =
    "Add a project: a folder of Markdown notes with a name. The folder is made when it does not "
    "exist; notes that are in it already become part of the project. Projects cannot lie inside "
    "each other. Create a project only when the user asks for one.";

struct CreateMemoryProject {
    std::string name;
    std::string path;
    bool make_default = false;
    std::optional<std::string> workspace;
    bool as_json = false;

    static tl::expected<CreateMemoryProject, ArgumentProblem> from(const Arguments& arguments) {
        return CreateMemoryProject{arguments.text("project_name"), arguments.text("project_path"),
                                   arguments.flag("set_default"),
                                   arguments.optional_text("workspace"), wants_json(arguments)};
    }
};

std::vector<Parameter> create_memory_project_parameters() {
    using Kind = Parameter::Kind;
    return {
        {.name = "project_name",
         .required = true,
         .description = "Name of the new project",
         .nullable = false,
         .max_bytes = kMaxNameBytes},
        {.name = "project_path",
         .required = true,
         .description = "Folder of its notes, absolute or from ~",
         .nullable = false,
         .max_bytes = kMaxNameBytes},
        {.name = "set_default",
         .kind = Kind::boolean,
         .fallback = false,
         .description = "Make it the default project",
         .nullable = false},
        workspace_parameter(),
        output_format_parameter(),
    };
}

std::string disabled(const std::string& constraint, const CreateMemoryProject& input) {
    return "# Error\n\nProject creation disabled - MCP server is constrained to project '" +
           constraint + "'.\nUse the CLI to create projects: `basic-memory project add " +
           string_literal(input.name) + ' ' + string_literal(input.path) + '`';
}

std::string success(const AddedProject& added, bool made_default) {
    const auto& name = added.project.name.str();
    return "✓ Project '" + name + (added.existed ? "' already exists" : "' added successfully") +
           "\n\nProject Details:\n• Name: " + name + "\n• Path: " + added.project.path.string() +
           (made_default ? "\n• Set as default project" : "") +
           "\n\nProject is now available for use in tool calls.\nUse '" + name +
           "' as the project parameter in MCP tool calls.\n";
}

Json project_object(const AddedProject& added) {
    Json object = Json::object();
    object["name"] = added.project.name.str();
    object["external_id"] = added.project.external_id;
    object["path"] = added.project.path.string();
    object["is_default"] = added.project.is_default;
    object["created"] = !added.existed;
    object["already_exists"] = added.existed;
    return object;
}

/// Programs that ask for JSON want to know whether the name is there; its path is not their
/// question.
Result<AddedProject> add(KnowledgeBase& knowledge, const CreateMemoryProject& input) {
    auto known = input.as_json ? knowledge.find_project(input.name) : std::nullopt;
    if (!known) {
        return knowledge.add_project(input.name, input.path, input.make_default);
    }
    if (input.make_default) {
        auto changed = knowledge.set_default_project(known->name.str());
        if (!changed) {
            return tl::unexpected<Error>(changed.error());
        }
        known = *std::move(changed);
    }
    return AddedProject{*std::move(known), true};
}

/// Where a relative path would lead depends on how the server was started, which no caller knows. A
/// configured root decides about the place whatever the caller says.
Result<void> check_path(KnowledgeBase& knowledge, std::string_view path) {
    const std::string_view typed = trim(path);
    if (typed.starts_with('/') || typed == "~" || typed.starts_with("~/") ||
        knowledge.config()->project_root) {
        return {};
    }
    return fail(Fault::invalid,
                typed.empty() ? "project_path cannot be empty. Give the folder as an absolute "
                                "path, such as /home/me/notes, or from ~, such as ~/notes."
                              : "project_path " + shown(typed) +
                                    " is relative. Give the folder as an absolute path, such as "
                                    "/home/me/notes, or from ~, such as ~/notes.");
}

Result<Json> create_memory_project(ToolContext& context, const CreateMemoryProject& input) {
    auto& knowledge = context.knowledge;
    if (const auto& constraint = knowledge.constraint()) {
        return context.failure(disabled(*constraint, input));
    }
    if (const auto known = check_workspace(input.workspace); !known) {
        return tl::unexpected<Error>(known.error());
    }
    if (const auto usable = check_path(knowledge, input.path); !usable) {
        return tl::unexpected<Error>(usable.error());
    }
    const auto added = add(knowledge, input);
    if (!added) {
        return tl::unexpected<Error>(added.error());
    }
    return input.as_json ? project_object(*added) : Json(success(*added, input.make_default));
}

}  // namespace

Tool create_memory_project_tool(KnowledgeBase& knowledge) {
    return make_tool<CreateMemoryProject>(knowledge,
                                          {.name = "create_memory_project",
                                           .title = "Create Memory Project",
                                           .description = kCreateMemoryProjectDescription,
                                           .parameters = create_memory_project_parameters(),
                                           .output_schema = wrapped_schema({"string", "object"}),
                                           .annotations = kAdds,
                                           .wraps_result = true},
                                          create_memory_project);
}

}  // namespace bm
