#include <nlohmann/json.hpp>

#include "cli/cloud_commands.hpp"
#include "cli/cloud_connection.hpp"
#include "cli/tool_output.hpp"
#include "markdown/names.hpp"
#include "markdown/permalink.hpp"

namespace bm {

namespace {

constexpr const char* kRevision = "2026-07-28";

/// One call of MCP, which stands for itself.
CloudResult<Json> call_method(CloudConnection& cloud, const std::string& method,
                              const std::string& name, Json params) {
    params["_meta"] = {
        {"io.modelcontextprotocol/protocolVersion", kRevision},
        {"io.modelcontextprotocol/clientInfo", {{"name", kProgramName}, {"version", kVersion}}},
        {"io.modelcontextprotocol/clientCapabilities", Json::object()}};
    const Json request = {
        {"jsonrpc", "2.0"}, {"id", 1}, {"method", method}, {"params", std::move(params)}};
    HttpCall call{.method = "POST",
                  .url = cloud.settings.host + "/mcp",
                  .headers = {{"Content-Type", "application/json"},
                              {"Accept", "application/json, text/event-stream"},
                              {"MCP-Protocol-Version", kRevision},
                              {"Mcp-Method", method},
                              {"Mcp-Name", name}},
                  .body = request.dump(-1, ' ', false, Json::error_handler_t::replace),
                  .timeout = std::chrono::minutes(5)};
    const auto answer = cloud.session.send(std::move(call));
    if (!answer) return tl::unexpected(answer.error());
    const Json body = Json::parse(answer->body, nullptr, false);
    if (!body.is_object() || (!body.contains("result") && !body.contains("error")))
        return tl::unexpected(api_failure(*answer));
    if (const auto error = body.find("error"); error != body.end()) {
        return cloud_fail(CloudFault::internal, error->is_object()
                                                    ? error->value("message", error->dump())
                                                    : error->dump());
    }
    return body["result"];
}

/// What a result says in words.
std::string words_of(const Json& result) {
    std::string text;
    for (const Json& block : result.value("content", Json::array())) {
        if (block.is_object() && block.value("type", "") == "text") text += block.value("text", "");
    }
    return text;
}

/// The reply that the tool would have given here.
ToolReply reply_of(const Tool& tool, const Json& result) {
    ToolReply reply;
    reply.is_error = result.value("isError", false);
    reply.failed = reply.is_error;
    const auto structured = result.find("structuredContent");
    if (!reply.is_error && structured != result.end() && structured->is_object()) {
        const auto wrapped = structured->find("result");
        reply.value = tool.wraps_result && wrapped != structured->end() ? *wrapped : *structured;
        return reply;
    }
    reply.value = words_of(result);
    return reply;
}

/// `--folder work-notes/x` without a project: into the project `work-notes`, unless the default one
/// has such a folder. The project that is meant, and the folder in it.
void choose_project_by_folder(CloudConnection& cloud, const std::vector<HostProject>& projects,
                              const HostProject& standard, Json& arguments) {
    const auto folder = arguments.find("directory");
    const auto older = arguments.find("folder");
    const auto& given = folder != arguments.end() ? folder : older;
    if (given == arguments.end() || !given->is_string()) return;
    const std::string path = given->get<std::string>();
    const std::string first = path.substr(0, path.find('/'));
    for (const HostProject& project : projects) {
        if (slug(project.name) != first || project.name == standard.name) continue;
        const auto listed =
            call_method(cloud, "tools/call", "list_directory",
                        {{"name", "list_directory"},
                         {"arguments", {{"project", standard.name}, {"dir_name", '/' + first}}}});
        // A folder of that name in the default project means itself.
        if (listed && !listed->value("isError", false) &&
            words_of(*listed).find("No files found") == std::string::npos) {
            return;
        }
        // Before anything is added, which moves the arguments.
        *given = path.size() > first.size() ? path.substr(first.size() + 1) : "";
        arguments["project"] = project.name;
        return;
    }
}

CloudResult<void> choose_project(CloudConnection& cloud, ToolCall& call, const Tool& tool) {
    const auto properties = tool.input_schema.find("properties");
    const bool takes_project =
        properties != tool.input_schema.end() && properties->contains("project");
    if (!takes_project || call.arguments.contains("project") ||
        call.arguments.contains("project_id") || call.arguments.value("search_all_projects", false))
        return {};
    const auto projects = cloud.api.projects();
    if (!projects) return tl::unexpected(projects.error());
    for (const HostProject& project : *projects) {
        if (!project.is_default) continue;
        if (call.command->tool == "write_note")
            choose_project_by_folder(cloud, *projects, project, call.arguments);
        if (!call.arguments.contains("project")) call.arguments["project"] = project.name;
        return {};
    }
    return {};
}

int fail_tool(Application& application, const ToolCall& call, const CloudFailure& failure) {
    return tool_error(application, *call.command,
                      failure.message + (failure.hint.empty() ? "" : '\n' + failure.hint));
}

int run_remote_prompt(Application& application, CloudConnection& cloud, const ToolCall& call) {
    Json values = Json::object();
    for (const auto& [name, value] : call.arguments.items()) {
        if (value.is_string()) values[name] = value;
    }
    const auto result =
        call_method(cloud, "prompts/get", "continue_conversation",
                    {{"name", "continue_conversation"}, {"arguments", std::move(values)}});
    if (!result) return fail_tool(application, call, result.error());
    std::string text;
    for (const Json& message : result->value("messages", Json::array())) {
        const Json content = message.value("content", Json::object());
        if (content.is_object()) text += content.value("text", "");
    }
    return print_prompt(application, call, text);
}

}  // namespace

int run_cloud_tool(Application& application, ToolCall call) {
    const auto cloud = connect_to_cloud(application);
    if (!cloud) return kExitFailure;
    if (call.command->tool.empty()) return run_remote_prompt(application, *cloud, call);
    const Tool& tool = *application.catalog().find_tool(call.command->tool);
    if (const auto stopped = read_content(application, call)) return *stopped;
    if (const auto chosen = choose_project(*cloud, call, tool); !chosen)
        return fail_tool(application, call, chosen.error());
    const OutputMode mode = prepare_output(application, call, tool);
    const auto result = call_method(*cloud, "tools/call", tool.name,
                                    {{"name", tool.name}, {"arguments", call.arguments}});
    if (!result) return fail_tool(application, call, result.error());
    return finish_tool(application, call, mode, tool, reply_of(tool, *result));
}

}  // namespace bm
