#include "cli/cloud_commands.hpp"
#include "cli/schema_commands.hpp"
#include "cli/tool_output.hpp"
#include "cloud/embedding_endpoint.hpp"
#include "sync/note_meanings.hpp"

namespace bm {

namespace {

/// Names the project that the call is about, so that the default project is used whatever the
/// settings say.
std::optional<int> choose_project(Application& application, ToolCall& call, const Tool& tool) {
    if (!takes_argument(tool, "project") || call.arguments.contains("project_id"))
        return std::nullopt;
    if (call.arguments.value("search_all_projects", false)) return std::nullopt;
    std::optional<std::string> name;
    if (call.arguments.contains("project")) name = call.arguments["project"].get<std::string>();
    const auto project = chosen_project(application, name);
    if (!project) return kExitFailure;
    call.arguments["project"] = project->name.str();
    return std::nullopt;
}

/// The target of schema-validate is a type or a note, as its spelling tells.
void aim_validation(ToolCall& call) {
    if (call.command->tool != "schema_validate" || !call.arguments.contains("note_type")) return;
    const auto target = call.arguments["note_type"].get<std::string>();
    if (!is_note_target(target)) return;
    call.arguments.erase("note_type");
    call.arguments["identifier"] = target;
}

/// The project that the call names, by its name or its id; none where it names none that there is.
std::optional<Project> called_project(KnowledgeBase& knowledge, const ToolCall& call) {
    const auto word = [&call](const char* name) { return call.arguments.value(name, ""); };
    if (call.arguments.contains("project_id")) {
        for (const auto& project : knowledge.projects()) {
            if (project.external_id == word("project_id")) return project;
        }
        return std::nullopt;
    }
    if (!call.arguments.contains("project")) return std::nullopt;
    return knowledge.find_project(word("project"));
}

/// What is learned from the notes ends with the process while it is not stored, however often that
/// is begun: a search that needs it waits for all of it.
void learn_meanings(Application& application, const ToolCall& call) {
    KnowledgeBase& knowledge = application.knowledge();
    const auto config = knowledge.config();
    const std::string type = call.arguments.value("search_type", "");
    const bool compares =
        type == "vector" || type == "hybrid" || (type.empty() && config->semantic_search_enabled);
    const auto endpoint = embedding_settings(*config);
    if (call.command->tool != "search_notes" || !compares || !endpoint || *endpoint) return;
    std::vector<Project> projects;
    if (call.arguments.contains("project") || call.arguments.contains("project_id")) {
        if (const auto one = called_project(knowledge, call)) projects.push_back(*one);
    } else {
        projects = knowledge.projects();
    }
    for (const auto& project : projects) {
        NoteMeanings meanings(knowledge, project);
        // Nothing but learning, which is never cut.
        if (meanings.is_on()) (void)meanings.bring_up_to_date(std::chrono::milliseconds(0));
    }
}

int run_prompt(Application& application, const ToolCall& call) {
    const Prompt* prompt = application.catalog().find_prompt("continue_conversation");
    PromptValues values;
    for (const auto& [name, value] : call.arguments.items()) {
        if (value.is_string()) values[name] = value.get<std::string>();
    }
    const auto text = prompt->run({}, values);
    if (!text) return tool_error(application, *call.command, text.error().message);
    return print_prompt(application, call, *text);
}

/// The words of every command, which not every tool takes.
void drop_unknown(ToolCall& call, const Tool& tool) {
    for (const char* name : {"project", "project_id"}) {
        if (!takes_argument(tool, name)) call.arguments.erase(name);
    }
}

/// Where the default project alone is used on the cloud, a call without a project is about that one
/// there.
void name_default_on_cloud(const Application& application, ToolCall& call, const Tool& tool) {
    const bool is_open = takes_argument(tool, "project") && !call.arguments.contains("project") &&
                         !call.arguments.contains("project_id") &&
                         !call.arguments.value("search_all_projects", false);
    if (!is_open) return;
    if (const auto routed = application.routed_project({})) call.arguments["project"] = *routed;
}

}  // namespace

int run_tool(Application& application, ToolCall call) {
    aim_validation(call);
    if (!call.command->tool.empty()) {
        const Tool& known = *application.catalog().find_tool(call.command->tool);
        drop_unknown(call, known);
        name_default_on_cloud(application, call, known);
    }
    std::optional<std::string> named;
    if (call.arguments.contains("project")) named = call.arguments["project"].get<std::string>();
    if (application.works_on_cloud(named)) return run_cloud_tool(application, std::move(call));
    if (call.command->tool.empty()) return run_prompt(application, call);
    const Tool& tool = *application.catalog().find_tool(call.command->tool);
    if (const auto stopped = read_content(application, call)) return *stopped;
    if (const auto stopped = choose_project(application, call, tool)) return *stopped;
    const auto project = called_project(application.knowledge(), call);
    index_what_is_unscanned(application,
                            project ? std::optional(project->name.str()) : std::nullopt);
    learn_meanings(application, call);
    const OutputMode mode = prepare_output(application, call, tool);
    const ToolReply reply = tool.run({}, call.arguments);
    return finish_tool(application, call, mode, tool, reply);
}

}  // namespace bm
