#include "tools/tool_builder.hpp"

namespace bm {

namespace {

Json type_of(std::string_view type) {
    Json schema = {{"type", type}};
    if (type == "object") schema["additionalProperties"] = true;
    if (type == "array") schema["items"] = {{"type", "object"}, {"additionalProperties", true}};
    return schema;
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
