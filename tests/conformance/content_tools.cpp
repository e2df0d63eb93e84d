#include <utility>

#include "tests/conformance/fixtures.hpp"

namespace bm::conformance {
namespace {

Tool content_tool(std::string name, std::string description, Content content) {
    Tool tool = bare_tool(std::move(name), std::move(description));
    tool.run = [content = std::move(content)](const CallContext&, const Json&) {
        return ToolReply{.value = nullptr, .content = content};
    };
    return tool;
}

/// Everything that a schema may say and that has to reach the client untouched.
Tool schema_tool() {
    Tool tool = bare_tool("json_schema_2020_12_tool", "Takes arguments of a rich schema.");
    tool.input_schema = Json::parse(R"({
        "$schema": "https://json-schema.org/draft/2020-12/schema", "type": "object",
        "$defs": {"address": {"$anchor": "addressDef", "type": "object",
            "properties": {"street": {"type": "string"}, "city": {"type": "string"}}}},
        "properties": {"name": {"type": "string"}, "address": {"$ref": "#/$defs/address"},
            "contactMethod": {"type": "string", "enum": ["phone", "email"]},
            "phone": {"type": "string"}, "email": {"type": "string"}},
        "allOf": [{"anyOf": [{"required": ["phone"]}, {"required": ["email"]}]}],
        "if": {"properties": {"contactMethod": {"const": "phone"}}, "required": ["contactMethod"]},
        "then": {"required": ["phone"]}, "else": {"required": ["email"]},
        "additionalProperties": false})");
    tool.run = [](const CallContext&, const Json&) { return text_reply("Schema accepted."); };
    return tool;
}

Tool header_tool() {
    Tool tool = bare_tool("test_x_mcp_header", "Tells which region its header and argument name.");
    tool.input_schema = object_schema({{"region", {{"type", "string"}, {"x-mcp-header", "Region"}}},
                                       {"level", {{"type", "integer"}}}});
    tool.run = [](const CallContext&, const Json& arguments) {
        const auto region = arguments.find("region");
        const bool given = region != arguments.end() && region->is_string();
        return text_reply("region=" + (given ? region->get<std::string>() : std::string()));
    };
    return tool;
}

}  // namespace

std::vector<Tool> content_tools() {
    const EmbeddedResourceBlock embedded{"test://embedded-resource", "text/plain",
                                         "This is an embedded resource content."};
    const EmbeddedResourceBlock mixed{"test://mixed-content-resource", "application/json",
                                      R"({"test":"data","value":123})"};
    std::vector<Tool> tools;
    tools.push_back(content_tool("test_simple_text", "Answers with a text.",
                                 {TextBlock{"This is a simple text response for testing."}}));
    tools.push_back(content_tool("test_image_content", "Answers with an image.",
                                 {ImageBlock{png, "image/png"}}));
    tools.push_back(content_tool("test_audio_content", "Answers with a sound.",
                                 {AudioBlock{wav, "audio/wav"}}));
    tools.push_back(content_tool("test_embedded_resource", "Answers with a resource.", {embedded}));
    tools.push_back(content_tool(
        "test_multiple_content_types", "Answers with a text, an image and a resource.",
        {TextBlock{"Multiple content types test:"}, ImageBlock{png, "image/png"}, mixed}));
    tools.push_back(bare_tool("test_error_handling", "Always fails."));
    tools.back().run = [](const CallContext&, const Json&) {
        return ToolReply{.value = "This tool intentionally returns an error for testing",
                         .is_error = true};
    };
    tools.push_back(schema_tool());
    tools.push_back(header_tool());
    return tools;
}

}  // namespace bm::conformance
