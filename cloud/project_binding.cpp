#include "cloud/project_binding.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "cloud/json_members.hpp"
#include "markdown/permalink.hpp"
#include "markdown/text.hpp"

namespace bm {

namespace {

using Json = nlohmann::json;

constexpr int kParseError = -32700;
constexpr int kInvalidRequest = -32600;
constexpr int kInvalidParams = -32602;

/// They work on the host's default project or on several, whatever they are told.
constexpr std::array<std::string_view, 2> unbound_tools = {"search", "fetch"};
constexpr std::array<std::string_view, 2> project_tools = {"create_memory_project",
                                                           "delete_project"};
/// They take no project, and show no notes.
constexpr std::array<std::string_view, 2> plain_tools = {"list_workspaces",
                                                         "basic_memory_diagnostics"};
constexpr std::array<std::string_view, 2> bound_prompts = {"getting_started", "recent_activity"};
constexpr std::array<std::string_view, 2> open_resources = {"memory://ai_assistant_guide",
                                                            "spec://canvas"};
constexpr std::array<std::string_view, 7> ways_out = {"..", "//", "\\", "%2e", "%2f", "%5c", "%00"};
/// Other ways to say where a tool works.
constexpr std::array<const char*, 4> other_places = {"project_id", "workspace",
                                                     "search_all_projects", "all_projects"};

template <std::size_t Count>
bool is_one_of(const std::array<std::string_view, Count>& names, std::string_view name) {
    return std::find(names.begin(), names.end(), name) != names.end();
}

Json error(int code, const std::string& sentence) {
    return {{"error", {{"code", code}, {"message", sentence}}}};
}

/// What a tool says: the model reads it.
Json tool_answer(const std::string& text, bool is_error) {
    Json result = {{"content", Json::array({{{"type", "text"}, {"text", text}}})},
                   {"isError", is_error}};
    if (!is_error) result["structuredContent"] = {{"result", text}};
    return {{"result", std::move(result)}};
}

std::string only(const std::string& project) {
    return "This client is bound to the project '" + project + "'";
}

/// Addresses have the project in front. What could lead out of it again is no address.
bool is_within(std::string_view uri, const std::string& project) {
    if (is_one_of(open_resources, uri)) return true;
    const std::string start = "memory://" + slug(project) + '/';
    if (!uri.starts_with(start)) return false;
    const std::string path = to_lower(uri.substr(start.size() - 1));
    return std::none_of(ways_out.begin(), ways_out.end(), [&](std::string_view step) {
        return path.find(step) != std::string::npos;
    });
}

Json out_of_reach(const std::string& uri, const std::string& project) {
    return error(kInvalidParams,
                 only(project) + ": read memory://" + slug(project) + "/..., not " + uri);
}

/// What is answered here; none when the message may go on, with its project in it.
std::optional<Json> bind_tool(Json& params, const std::string& project) {
    const std::string name = text_member(params, "name");
    if (name == "list_memory_projects") {
        return tool_answer("Project: " + project +
                               "\n\nNote: This MCP server is constrained to a single project.\n"
                               "All operations will automatically use this project.",
                           false);
    }
    if (is_one_of(project_tools, name)) {
        return tool_answer("# Error\n\n" + only(project) +
                               ", so projects are neither made nor deleted here. Use the command "
                               "line: `bm project`",
                           true);
    }
    if (is_one_of(unbound_tools, name)) {
        return tool_answer(only(project) + ", and '" + name +
                               "' works on the host's default project. Use search_notes and "
                               "read_note.",
                           true);
    }
    if (is_one_of(plain_tools, name)) return std::nullopt;
    Json& arguments = params["arguments"];
    if (!arguments.is_object()) arguments = Json::object();
    for (const char* other : other_places) arguments.erase(other);
    arguments["project"] = project;
    return std::nullopt;
}

std::optional<Json> bind_prompt(Json& params, const std::string& project) {
    const std::string name = text_member(params, "name");
    if (!is_one_of(bound_prompts, name)) {
        return error(kInvalidParams, only(project) + ", and the prompt '" + name +
                                         "' works on the host's default project");
    }
    Json& arguments = params["arguments"];
    if (!arguments.is_object()) arguments = Json::object();
    arguments["project"] = project;
    return std::nullopt;
}

std::optional<Json> bind_listening(const Json& params, const std::string& project) {
    const Json& followed =
        json_member(json_member(params, "notifications"), "resourceSubscriptions");
    if (!followed.is_array()) return std::nullopt;
    for (const Json& uri : followed) {
        const std::string text = uri.is_string() ? uri.get<std::string>() : std::string();
        if (!is_within(text, project)) return out_of_reach(text, project);
    }
    return std::nullopt;
}

std::optional<Json> bind_request(Json& message, const std::string& project) {
    const std::string method = text_member(message, "method");
    Json& params = message["params"];
    if (!params.is_object()) params = Json::object();
    if (method == "tools/call") return bind_tool(params, project);
    if (method == "prompts/get") return bind_prompt(params, project);
    if (method == "subscriptions/listen") return bind_listening(params, project);
    // What is suggested may be of any project.
    if (method == "completion/complete")
        return Json{{"result", {{"completion", {{"values", Json::array()}}}}}};
    if (method == "resources/read" || method == "resources/subscribe") {
        const std::string uri = text_member(params, "uri");
        if (!is_within(uri, project)) return out_of_reach(uri, project);
    }
    return std::nullopt;
}

}  // namespace

ProjectBinding::Bound ProjectBinding::bound(std::string_view text) const {
    Json message = Json::parse(text, nullptr, false);
    if (message.is_discarded())
        return {"", json_line(error(kParseError, "Parse error: the message is not JSON"))};
    if (message.is_array()) {
        return {"", json_line(error(kInvalidRequest, "Invalid Request: " + only(project_) +
                                                         " and sends one message at a time"))};
    }
    if (!json_member(message, "method").is_string() || json_member(message, "id").is_null())
        return {json_line(message), ""};
    const bool had_params = message.contains("params");
    if (auto answer = bind_request(message, project_)) {
        const Json& metadata = json_member(json_member(message, "params"), "_meta");
        if (answer->contains("result") &&
            !text_member(metadata, "io.modelcontextprotocol/protocolVersion").empty())
            (*answer)["result"]["resultType"] = "complete";
        return {"", json_line(*answer)};
    }
    if (!had_params && message["params"].empty()) message.erase("params");
    return {json_line(message), ""};
}

}  // namespace bm
