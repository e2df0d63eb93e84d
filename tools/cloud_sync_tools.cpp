#include "tools/cloud_sync_tools.hpp"

#include <optional>
#include <string>
#include <utility>

#include "tools/cloud_sync.hpp"
#include "tools/project_choice.hpp"
#include "tools/tool_builder.hpp"

namespace bm {

namespace {

constexpr std::string_view kSyncProjectDescription =
    "Bring a project in step with the cloud, in both directions, when the user asks for it. Look "
    "first: dry_run is true unless you say otherwise and only tells what would be done; show that "
    "to the user, and call again with dry_run=false once they agree. A run that would delete too "
    "much stops, and so does a first one: then tell the user the command they are shown. Without "
    "project: the folder of all projects.";

constexpr std::string_view kSyncStatusDescription =
    "Tell what of this machine is kept in step with the cloud: folders, when they were last "
    "synced, "
    "what went wrong, and copies that conflicts have left. Changes nothing. Without project: "
    "everything.";

constexpr ToolAnnotations kSyncs{false, true, false, true};
constexpr ToolAnnotations kLooksAtCloud{true, false, false, true};

Parameter cloud_project_parameter() {
    return {.name = "project",
            .description = "Name of the project in the cloud",
            .max_bytes = kMaxNameBytes};
}

struct CloudSyncCall {
    CloudSync* cloud = nullptr;
    std::optional<std::string> project;
    bool dry_run = true;
    bool json = false;
};

/// A bound caller works in his project, whatever he says; none: he named another one.
std::optional<std::string> project_of(const ToolContext& context, const CloudSyncCall& input) {
    const auto& only = context.knowledge.constraint();
    if (!only) return input.project.value_or("");
    if (!is_given(input.project) || *input.project == *only) return *only;
    return std::nullopt;
}

Json refused(ToolContext& context, const CloudSyncCall& input) {
    const std::string sentence = "Project '" + input.project.value_or("") +
                                 "' is out of reach: only '" + *context.knowledge.constraint() +
                                 "' may be used here.";
    if (!input.json) return context.failure(Json(sentence));
    return context.failure(
        Json{{"ok", false}, {"error", {{"code", "project_not_found"}, {"message", sentence}}}});
}

Json told(ToolContext& context, const CloudSyncCall& input, CloudSyncAnswer answer) {
    context.failed = answer.failed;
    if (input.json) return std::move(answer.object);
    return std::move(answer.text);
}

Result<Json> sync_project(ToolContext& context, const CloudSyncCall& input) {
    const auto project = project_of(context, input);
    if (!project) return refused(context, input);
    return told(context, input, input.cloud->sync(context.call, *project, input.dry_run));
}

Result<Json> sync_status(ToolContext& context, const CloudSyncCall& input) {
    const auto project = project_of(context, input);
    if (!project) return refused(context, input);
    return told(context, input, input.cloud->status(*project));
}

Tool tool_of_cloud(KnowledgeBase& knowledge, CloudSync& cloud, ToolDeclaration declaration,
                   Result<Json> (*run)(ToolContext&, const CloudSyncCall&)) {
    return make_tool_reading<CloudSyncCall>(
        knowledge, std::move(declaration),
        [&cloud](const Arguments& arguments,
                 const Json&) -> tl::expected<CloudSyncCall, ArgumentProblem> {
            CloudSyncCall call;
            call.cloud = &cloud;
            call.project = arguments.optional_text("project");
            if (arguments.declares("dry_run")) call.dry_run = arguments.flag("dry_run");
            call.json = wants_json(arguments);
            return call;
        },
        run);
}

}  // namespace

std::vector<Tool> cloud_sync_tools(KnowledgeBase& knowledge, CloudSync& cloud) {
    return {tool_of_cloud(knowledge, cloud,
                          {.name = "sync_project",
                           .title = "Sync Project",
                           .description = kSyncProjectDescription,
                           .parameters = {cloud_project_parameter(),
                                          {.name = "dry_run",
                                           .kind = Parameter::Kind::boolean,
                                           .fallback = true,
                                           .description = "Only tell what would be done"},
                                          output_format_parameter()},
                           .output_schema = wrapped_schema({"string", "object"}),
                           .annotations = kSyncs},
                          sync_project),
            tool_of_cloud(knowledge, cloud,
                          {.name = "sync_status",
                           .title = "Sync Status",
                           .description = kSyncStatusDescription,
                           .parameters = {cloud_project_parameter(), output_format_parameter()},
                           .output_schema = wrapped_schema({"string", "object"}),
                           .annotations = kLooksAtCloud},
                          sync_status)};
}

}  // namespace bm
