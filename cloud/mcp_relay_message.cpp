#include "cloud/mcp_relay_message.hpp"

#include <utility>

#include "cloud/json_members.hpp"

namespace bm {

namespace {

using Json = nlohmann::json;

constexpr const char* kRevisionKey = "io.modelcontextprotocol/protocolVersion";

/// Which member of the parameters proxies are told, by method.
const char* name_source(std::string_view method) {
    if (method == "tools/call" || method == "prompts/get") return "name";
    if (method == "resources/read") return "uri";
    if (method.starts_with("tasks/") && method != "tasks/list") return "taskId";
    return nullptr;
}

}  // namespace

McpRelay::Message McpRelay::Message::read(std::string line) {
    Message message;
    message.text = std::move(line);
    const Json json = Json::parse(message.text, nullptr, false);
    message.is_batch = json.is_array();
    if (!json.is_object()) return message;
    message.method = text_member(json, "method");
    if (message.method.empty()) return message;
    if (const Json& id = json_member(json, "id"); !id.is_null()) message.id = json_line(id);
    const Json& params = json_member(json, "params");
    message.revision = text_member(json_member(params, "_meta"), kRevisionKey);
    if (const char* source = name_source(message.method))
        message.name = text_member(params, source);
    if (message.method == "notifications/cancelled") {
        if (const Json& id = json_member(params, "requestId"); !id.is_null())
            message.cancelled = json_line(id);
    }
    return message;
}

bool McpRelay::Message::is_answered_by(std::string_view event) const {
    const Json answer = Json::parse(event, nullptr, false);
    if (is_batch && answer.is_array()) return true;
    if (!answer.is_object() || answer.contains("method")) return false;
    return is_batch || json_line(json_member(answer, "id")) == id ||
           (json_member(answer, "id").is_null() && answer.contains("error"));
}

}  // namespace bm
