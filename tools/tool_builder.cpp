#include "tools/tool_builder.hpp"

#include <chrono>

#include "repository/trouble.hpp"
#include "tools/json_value.hpp"

namespace bm {

namespace {

Json type_of(std::string_view type) {
    Json schema = {{"type", type}};
    if (type == "object") schema["additionalProperties"] = true;
    if (type == "array") schema["items"] = {{"type", "object"}, {"additionalProperties", true}};
    return schema;
}

/// What the machine refuses is an answer too; a fault of ours propagates.
template <class Run>
ToolReply run_or_explain(const KnowledgeBase& knowledge, std::string_view name, Run run) {
    try {
        return run();
    } catch (const std::exception& problem) {
        const auto trouble = trouble_of(problem, knowledge.directory().index());
        if (!trouble) throw;
        knowledge.log()(LogLevel::error, "tool " + std::string(name) + ": " + problem.what());
        return failure_reply(name, *trouble);
    }
}

/// As the caller named it; the bound or default project when it did not.
std::string project_of_call(KnowledgeBase& knowledge, const Json& arguments) {
    if (knowledge.constraint()) return shown(std::string_view(*knowledge.constraint()));
    for (const char* name : {"project_id", "project"}) {
        if (!arguments.is_object() || !arguments.contains(name)) continue;
        const Json& value = arguments[name];
        if (value.is_string()) return shown(std::string_view(value.get_ref<const std::string&>()));
    }
    return "not named";
}

}  // namespace

Json wrapped_schema(std::initializer_list<std::string_view> types) {
    Json result = Json::object();
    if (types.size() == 1) {
        result = type_of(*types.begin());
    } else {
        Json alternatives = Json::array();
        for (const auto type : types) alternatives.push_back(type_of(type));
        result["anyOf"] = std::move(alternatives);
    }
    result["title"] = "Result";
    return {{"type", "object"},
            {"properties", {{"result", std::move(result)}}},
            {"required", {"result"}},
            {"title", "_WrappedResult"},
            {"x-fastmcp-wrap-result", true}};
}

Json open_object_schema() { return {{"type", "object"}, {"additionalProperties", true}}; }

Tool logged(KnowledgeBase& knowledge, Tool tool) {
    tool.run = [&knowledge, name = tool.name, run = std::move(tool.run)](
                   const CallContext& call, const Json& arguments) -> ToolReply {
        const auto start = std::chrono::steady_clock::now();
        ToolReply reply = run_or_explain(knowledge, name, [&] { return run(call, arguments); });
        const auto spent = std::chrono::duration_cast<std::chrono::milliseconds>(
            std::chrono::steady_clock::now() - start);
        const std::string_view outcome = reply.failed || reply.is_error ? "failed" : "done";
        knowledge.log()(LogLevel::debug, "tool " + name + ", project " +
                                             project_of_call(knowledge, arguments) + ": " +
                                             std::string(outcome) + " in " +
                                             std::to_string(spent.count()) + " ms");
        return reply;
    };
    return tool;
}

ToolReply failure_reply(std::string text) { return {std::move(text), true, {}, true}; }

ToolReply failure_reply(std::string_view tool, const Error& error) {
    return failure_reply("Error calling tool '" + std::string(tool) + "': " + error.message);
}

ToolReply failure_reply(std::string_view tool, const ArgumentProblem& problem) {
    return failure_reply(problem_text(tool, problem));
}

Tool face_of(const ToolDeclaration& declaration) {
    Tool tool;
    tool.name = declaration.name;
    tool.title = declaration.title;
    tool.description = declaration.description;
    tool.input_schema = input_schema(declaration.parameters);
    tool.output_schema = declaration.output_schema;
    tool.annotations = declaration.annotations;
    tool.wraps_result = declaration.wraps_result;
    return tool;
}

}  // namespace bm
