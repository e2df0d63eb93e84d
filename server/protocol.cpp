#include "server/protocol.hpp"

#include <utility>

#include "server/content.hpp"
#include "server/json_document.hpp"

namespace bm {
namespace {

void add_text(Json& object, const char* name, const std::string& text) {
    if (!text.empty()) object[name] = text;
}

void add_title(Json& object, const std::string& title, const RevisionPolicy& policy) {
    if (policy.titles) add_text(object, "title", title);
}

bool is_object_schema(const Json& schema) {
    if (!schema.is_object()) return false;
    const auto type = schema.find("type");
    return type != schema.end() && *type == "object";
}

bool promises_shape(const Tool& tool, const RevisionPolicy& policy) {
    switch (policy.structured) {
        case Structured::none:
            return false;
        case Structured::object:
            return is_object_schema(tool.output_schema);
        case Structured::any:
            break;
    }
    return tool.output_schema.is_object();
}

Json encode_annotations(const Tool& tool) {
    Json out = Json::object();
    add_text(out, "title", tool.title);
    out["readOnlyHint"] = tool.annotations.read_only;
    out["destructiveHint"] = tool.annotations.destructive;
    out["idempotentHint"] = tool.annotations.idempotent;
    out["openWorldHint"] = tool.annotations.open_world;
    return out;
}

/// Null: none. Clients require an object below the newest revision, so a bare list is never sent.
Json structured_content(const Tool& tool, const Json& value, const RevisionPolicy& policy) {
    if (policy.structured == Structured::none) return nullptr;
    if (tool.wraps_result) return {{"result", value}};
    if (value.is_object()) return value;
    // A tool that promised an object but answers in words still keeps its promise.
    if (promises_shape(tool, policy)) return {{"result", value}};
    return nullptr;
}

Content content_of(ToolReply reply) {
    if (!reply.content.empty()) return std::move(reply.content);
    Content out;
    out.emplace_back(TextBlock{reply.value.is_string()
                                   ? std::move(reply.value.get_ref<std::string&>())
                                   : compact_text(reply.value)});
    for (ImageContent& image : reply.images) {
        out.emplace_back(ImageBlock{std::move(image.base64), std::move(image.mime_type)});
    }
    return out;
}

}  // namespace

Json encode_tool(const Tool& tool, const RevisionPolicy& policy) {
    Json out = {{"name", tool.name}};
    add_title(out, tool.title, policy);
    add_text(out, "description", tool.description);
    out["inputSchema"] =
        tool.input_schema.is_object() ? tool.input_schema : Json{{"type", "object"}};
    if (promises_shape(tool, policy)) out["outputSchema"] = tool.output_schema;
    if (policy.tool_annotations) out["annotations"] = encode_annotations(tool);
    return out;
}

Json encode_prompt(const Prompt& prompt, const RevisionPolicy& policy) {
    Json out = {{"name", prompt.name}};
    add_title(out, prompt.title, policy);
    add_text(out, "description", prompt.description);
    if (prompt.arguments.empty()) return out;
    Json arguments = Json::array();
    for (const PromptArgument& argument : prompt.arguments) {
        Json one = {{"name", argument.name}};
        add_text(one, "description", argument.description);
        one["required"] = argument.required;
        arguments.push_back(std::move(one));
    }
    out["arguments"] = std::move(arguments);
    return out;
}

Json encode_resource(const Resource& resource, const RevisionPolicy& policy) {
    Json out = {{"uri", resource.uri}, {"name", resource.name}};
    add_title(out, resource.title, policy);
    add_text(out, "description", resource.description);
    add_text(out, "mimeType", resource.mime_type);
    return out;
}

Json encode_resource_template(const ResourceTemplate& entry, const RevisionPolicy& policy) {
    Json out = {{"uriTemplate", entry.uri_template}, {"name", entry.name}};
    add_title(out, entry.title, policy);
    add_text(out, "description", entry.description);
    add_text(out, "mimeType", entry.mime_type);
    return out;
}

Json encode_tool_reply(const Tool& tool, ToolReply reply, const RevisionPolicy& policy) {
    const bool is_error = reply.is_error;
    Json structured = is_error ? Json() : structured_content(tool, reply.value, policy);
    Json content = Json::array();
    for (ContentBlock& block : content_of(std::move(reply))) {
        content.push_back(encode_content(std::move(block), policy));
    }
    Json out = {{"content", std::move(content)}};
    if (!structured.is_null()) {
        out["structuredContent"] = std::move(structured);
        // Lets clients that know the mark hand `result` alone to their callers.
        if (tool.wraps_result) out["_meta"] = {{"fastmcp", {{"wrap_result", true}}}};
    }
    out["isError"] = is_error;
    return out;
}

Json encode_prompt_text(const Prompt& prompt, std::string text, const RevisionPolicy& policy) {
    PromptMessages messages;
    messages.push_back({false, TextBlock{std::move(text)}});
    return encode_prompt_messages(prompt, std::move(messages), policy);
}

Json encode_prompt_messages(const Prompt& prompt, PromptMessages messages,
                            const RevisionPolicy& policy) {
    Json out = Json::object();
    add_text(out, "description", prompt.description);
    out["messages"] = Json::array();
    for (PromptMessage& message : messages) {
        Json one = {{"role", message.from_assistant ? "assistant" : "user"}};
        one["content"] = encode_content(std::move(message.content), policy);
        out["messages"].push_back(std::move(one));
    }
    return out;
}

Json encode_resource_text(std::string_view uri, ResourceText text) {
    Json content = {{"uri", std::string(uri)}};
    add_text(content, "mimeType", text.mime_type);
    if (text.base64.empty()) {
        content["text"] = std::move(text.text);
    } else {
        content["blob"] = std::move(text.base64);
    }
    Json out = {{"contents", Json::array()}};
    out["contents"].push_back(std::move(content));
    return out;
}

Json encode_implementation(const Catalog& catalog) {
    return {{"name", catalog.server_name()}, {"version", catalog.server_version()}};
}

Json finished_result(Json result, const RevisionPolicy& policy,
                     const std::optional<CacheHint>& hint, const Json& implementation) {
    const bool complete = !result.contains("resultType");
    if (policy.result_type && complete) result["resultType"] = "complete";
    if (policy.cache_hints && hint && complete) {
        result["ttlMs"] = hint->ttl_ms;
        result["cacheScope"] = std::string(hint->scope);
    }
    if (policy.server_info_meta) result["_meta"][meta_key::server_info] = implementation;
    return result;
}

}  // namespace bm
