#include "tools/cloud_sync_tools.hpp"

#include <memory>
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
    std::string project;  ///< empty: the space
    bool dry_run = true;
};

using CloudSyncRun = CloudSyncAnswer (*)(CloudSync&, const CallContext&, const CloudSyncCall&);

CloudSyncAnswer run_sync(CloudSync& cloud, const CallContext& call, const CloudSyncCall& input) {
    return cloud.sync(call, input.project, input.dry_run);
}

CloudSyncAnswer run_status(CloudSync& cloud, const CallContext&, const CloudSyncCall& input) {
    return cloud.status(input.project);
}

CloudSyncAnswer out_of_reach(const std::string& wanted, const std::string& only) {
    const std::string sentence =
        "Project '" + wanted + "' is out of reach: only '" + only + "' may be used here.";
    return {sentence,
            {{"ok", false}, {"error", {{"code", "project_not_found"}, {"message", sentence}}}},
            true};
}

Tool tool_of_cloud(const std::shared_ptr<CloudSync>& cloud, const std::optional<std::string>& only,
                   ToolDeclaration declaration, CloudSyncRun run) {
    Tool tool = face_of(declaration);
    const auto about = std::make_shared<const ToolDeclaration>(std::move(declaration));
    tool.run = [cloud, only, about, run](const CallContext& call, const Json& raw) -> ToolReply {
        const auto arguments = Arguments::read(about->parameters, raw);
        if (!arguments) return failure_reply(about->name, arguments.error());
        CloudSyncCall input{arguments->optional_text("project").value_or("")};
        if (arguments->declares("dry_run")) input.dry_run = arguments->flag("dry_run");
        // A bound caller works in his project, whatever he says, unless he names another one.
        const bool is_elsewhere = only && !input.project.empty() && input.project != *only;
        const std::string wanted = input.project;
        if (only) input.project = *only;
        CloudSyncAnswer answer =
            is_elsewhere ? out_of_reach(wanted, *only) : run(*cloud, call, input);
        ToolReply reply;
        reply.value =
            wants_json(*arguments) ? std::move(answer.object) : Json(std::move(answer.text));
        reply.failed = answer.failed;
        return reply;
    };
    return tool;
}

}  // namespace

std::vector<Tool> cloud_sync_tools(const std::shared_ptr<CloudSync>& cloud,
                                   const std::optional<std::string>& only) {
    return {tool_of_cloud(cloud, only,
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
                          run_sync),
            tool_of_cloud(cloud, only,
                          {.name = "sync_status",
                           .title = "Sync Status",
                           .description = kSyncStatusDescription,
                           .parameters = {cloud_project_parameter(), output_format_parameter()},
                           .output_schema = wrapped_schema({"string", "object"}),
                           .annotations = kLooksAtCloud},
                          run_status)};
}

}  // namespace bm
