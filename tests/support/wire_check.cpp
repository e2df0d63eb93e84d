#include "tests/support/wire_check.hpp"

#include <algorithm>
#include <fstream>
#include <mutex>
#include <stdexcept>

namespace bm::test {
namespace {

using Json = JsonSchema::Json;

constexpr const char* newest = "2026-07-28";
constexpr const char* version_member = "io.modelcontextprotocol/protocolVersion";
constexpr const char* subscription_key = "io.modelcontextprotocol/subscriptionId";

const std::map<std::string, std::string>& result_definitions() {
    static const std::map<std::string, std::string> names = {
        {"initialize", "InitializeResult"},
        {"server/discover", "DiscoverResult"},
        {"ping", "EmptyResult"},
        {"tools/list", "ListToolsResult"},
        {"tools/call", "CallToolResult"},
        {"resources/list", "ListResourcesResult"},
        {"resources/templates/list", "ListResourceTemplatesResult"},
        {"resources/read", "ReadResourceResult"},
        {"resources/subscribe", "EmptyResult"},
        {"resources/unsubscribe", "EmptyResult"},
        {"prompts/list", "ListPromptsResult"},
        {"prompts/get", "GetPromptResult"},
        {"completion/complete", "CompleteResult"},
        {"logging/setLevel", "EmptyResult"},
        {"subscriptions/listen", "SubscriptionsListenResult"}};
    return names;
}

const std::map<std::string, std::string>& notification_definitions() {
    static const std::map<std::string, std::string> names = {
        {"notifications/progress", "ProgressNotification"},
        {"notifications/message", "LoggingMessageNotification"},
        {"notifications/cancelled", "CancelledNotification"},
        {"notifications/tools/list_changed", "ToolListChangedNotification"},
        {"notifications/prompts/list_changed", "PromptListChangedNotification"},
        {"notifications/resources/list_changed", "ResourceListChangedNotification"},
        {"notifications/resources/updated", "ResourceUpdatedNotification"},
        {"notifications/subscriptions/acknowledged", "SubscriptionsAcknowledgedNotification"}};
    return names;
}

const std::map<std::string, std::string>& request_definitions() {
    static const std::map<std::string, std::string> names = {
        {"elicitation/create", "ElicitRequest"},
        {"sampling/createMessage", "CreateMessageRequest"},
        {"roots/list", "ListRootsRequest"}};
    return names;
}

/// What the tasks extension adds, which the schema files do not describe.
const JsonSchema& task_schema() {
    static const JsonSchema schema(Json::parse(R"({"$defs": {
        "Task": {"type": "object", "properties": {
            "taskId": {"type": "string"}, "statusMessage": {"type": "string"},
            "status": {"enum": ["working", "input_required", "completed", "failed", "cancelled"]},
            "createdAt": {"type": "string"}, "lastUpdatedAt": {"type": "string"},
            "ttlMs": {"type": ["integer", "null"], "minimum": 1},
            "pollIntervalMs": {"type": "integer", "minimum": 1},
            "inputRequests": {"type": "object"}, "result": {"type": "object"},
            "error": {"type": "object"}, "resultType": {"enum": ["task", "complete"]},
            "_meta": {"type": "object"}},
            "required": ["taskId", "status", "createdAt", "lastUpdatedAt", "ttlMs"]},
        "Acknowledgement": {"type": "object", "properties": {
            "resultType": {"const": "complete"}, "_meta": {"type": "object"}},
            "required": ["resultType"]}}})"));
    return schema;
}

/// What is wrong with a task: its shape, or members that belong to another status.
std::optional<std::string> task_violation(const Json& task) {
    if (auto found = task_schema().violation("Task", task, JsonSchema::Members::closed)) {
        return found;
    }
    const bool is_handle = task.value("resultType", "") == "task";
    const std::map<std::string, std::string> of_status = {
        {"input_required", "inputRequests"}, {"completed", "result"}, {"failed", "error"}};
    for (const auto& [status, member] : of_status) {
        const bool expected = !is_handle && task["status"] == status;
        if (task.contains(member) != expected)
            return member + " with status " + task["status"].dump();
    }
    if (!task.contains("result")) return std::nullopt;
    return revision_schema(newest).violation("CallToolResult", task["result"],
                                             JsonSchema::Members::closed);
}

/// What is wrong with a result of the newest revision that is another than its method's own;
/// nothing known of it: false.
bool is_other_result(const std::string& method, const Json& result,
                     std::optional<std::string>& violation) {
    const std::string type = result.value("resultType", "");
    const bool may_ask =
        method == "tools/call" || method == "prompts/get" || method == "resources/read";
    if (type == "input_required" && may_ask) {
        violation = revision_schema(newest).violation("InputRequiredResult", result,
                                                      JsonSchema::Members::closed);
    } else if ((type == "task" && method == "tools/call") || method == "tasks/get") {
        violation = task_violation(result);
    } else if (method == "tasks/update" || method == "tasks/cancel") {
        violation = task_schema().violation("Acknowledgement", result, JsonSchema::Members::closed);
    } else {
        return false;
    }
    return true;
}

/// The filter of a subscription without what the tasks extension adds to it, where that is right.
Json without_tasks(Json acknowledged) {
    auto& params = acknowledged["params"];
    if (!params.is_object() || !params.contains("notifications")) return acknowledged;
    auto& filter = params["notifications"];
    const auto ids = filter.find("taskIds");
    if (ids == filter.end() || !ids->is_array()) return acknowledged;
    const bool texts =
        std::all_of(ids->begin(), ids->end(), [](const Json& id) { return id.is_string(); });
    if (texts && !ids->empty()) filter.erase("taskIds");
    return acknowledged;
}

/// Older schema files describe a notification without the envelope's own member.
Json without_envelope(const JsonSchema& schema, const std::string& definition, Json message) {
    if (schema.violation(definition, message, JsonSchema::Members::closed)) {
        message.erase("jsonrpc");
    }
    return message;
}

const char* envelope_definition(const JsonSchema& schema, bool is_error) {
    if (is_error) {
        return schema.defines("JSONRPCError") ? "JSONRPCError" : "JSONRPCErrorResponse";
    }
    return schema.defines("JSONRPCResultResponse") ? "JSONRPCResultResponse" : "JSONRPCResponse";
}

const Json* meta_of(const Json& message) {
    const auto params = message.find("params");
    if (params == message.end() || !params->is_object()) return nullptr;
    const auto meta = params->find("_meta");
    return meta == params->end() || !meta->is_object() ? nullptr : &*meta;
}

}  // namespace

const JsonSchema& revision_schema(const std::string& revision) {
    static std::mutex mutex;
    static std::map<std::string, JsonSchema> schemas;
    const std::scoped_lock lock(mutex);
    const auto known = schemas.find(revision);
    if (known != schemas.end()) return known->second;
    std::ifstream file("data/mcp/" + revision + ".schema.json");
    if (!file) throw std::runtime_error("no schema file for revision " + revision);
    return schemas.emplace(revision, JsonSchema(Json::parse(file))).first->second;
}

void WireCheck::sent(std::string_view line) {
    const Json message = Json::parse(line, nullptr, false);
    if (message.is_array()) {
        for (const Json& one : message) sent_message(one);
    } else {
        sent_message(message);
    }
}

void WireCheck::sent_message(const Json& message) {
    if (message.is_object() && message.value("method", Json()) == "notifications/cancelled") {
        return sent_cancellation(message);
    }
    if (!message.is_object() || !message.contains("id") || !message.contains("method")) return;
    if (!message["method"].is_string()) return;
    Asked asked{message["method"].get<std::string>(), session_};
    if (const Json* meta = meta_of(message)) {
        if (meta->contains(version_member)) {
            asked.revision = newest;
            modern_ = true;
        }
        if (meta->contains("progressToken")) {
            tokens_[(*meta)["progressToken"].dump()] = asked.revision;
        }
    }
    asked_[message["id"].dump()].push_back(asked);
}

void WireCheck::sent_cancellation(const Json& message) {
    const auto params = message.find("params");
    if (params == message.end() || !params->contains("requestId")) return;
    const auto known = asked_.find((*params)["requestId"].dump());
    if (known == asked_.end()) return;
    // From here on an answer would be one too many.
    known->second.erase(known->second.begin());
    if (known->second.empty()) asked_.erase(known);
}

void WireCheck::received(const Json& message) {
    if (!message.is_array()) return received_one(message);
    if (session_ != "2025-03-26") complain(message, session_, "a batch outside its revision");
    for (const Json& one : message) received_one(one);
}

void WireCheck::received_one(const Json& message) {
    if (message.contains("method")) return received_notification(message);
    if (message.contains("result")) return received_result(message);
    received_error(message);
}

std::vector<std::string> WireCheck::possible_revisions(const Json& notification) const {
    const Json* meta = meta_of(notification);
    if (meta != nullptr && meta->contains(subscription_key)) return {newest};
    if (notification["method"] == "notifications/progress") {
        const auto token = tokens_.find(notification["params"]["progressToken"].dump());
        if (token == tokens_.end()) return {};
        return {token->second};
    }
    std::vector<std::string> out;
    if (!session_.empty()) out.push_back(session_);
    if (modern_ && notification["method"] == "notifications/message") out.emplace_back(newest);
    return out;
}

void WireCheck::received_request(const Json& message) {
    const auto known = request_definitions().find(message["method"].get<std::string>());
    if (session_.empty() || known == request_definitions().end()) {
        return complain(message, session_, "a request of the server");
    }
    const JsonSchema& schema = revision_schema(session_);
    Json checked = message;
    if (schema.violation(known->second, checked, JsonSchema::Members::closed)) {
        // Older schema files describe a request without the envelope's own members.
        checked.erase("jsonrpc");
        checked.erase("id");
    }
    const auto envelope = schema.violation("JSONRPCRequest", message);
    const auto found = schema.violation(known->second, checked, JsonSchema::Members::closed);
    if (envelope || found) complain(message, session_, envelope ? *envelope : *found);
}

void WireCheck::received_notification(const Json& message) {
    if (message.contains("id")) return received_request(message);
    if (message["method"] == "notifications/tasks") {
        Json task = message["params"];
        if (const auto found = task_violation(task)) complain(message, newest, *found);
        return;
    }
    const auto known = notification_definitions().find(message["method"].get<std::string>());
    if (known == notification_definitions().end()) {
        return complain(message, session_, "an unknown notification");
    }
    const bool acknowledges = message["method"] == "notifications/subscriptions/acknowledged";
    const Json checked = acknowledges ? without_tasks(message) : message;
    std::string reasons = "no revision to which it could belong";
    for (const std::string& revision : possible_revisions(message)) {
        const JsonSchema& schema = revision_schema(revision);
        const auto envelope = schema.violation("JSONRPCNotification", message);
        const auto found =
            schema.violation(known->second, without_envelope(schema, known->second, checked),
                             JsonSchema::Members::closed);
        if (!envelope && !found) return;
        reasons = revision + ": " + (envelope ? *envelope : *found);
    }
    complain(message, session_, reasons);
}

void WireCheck::received_result(const Json& message) {
    const auto known = asked_.find(message["id"].dump());
    if (known == asked_.end()) return complain(message, session_, "an answer to no request");
    Asked asked = known->second.front();
    known->second.erase(known->second.begin());
    if (known->second.empty()) asked_.erase(known);
    if (asked.method == "initialize" && asked.revision.empty()) {
        session_ = message["result"].value("protocolVersion", "");
        asked.revision = session_;
    }
    // Outside both eras only ping is answered, and every revision knows its answer.
    if (asked.revision.empty()) asked.revision = session_.empty() ? "2025-11-25" : session_;
    const JsonSchema& schema = revision_schema(asked.revision);
    if (const auto found = schema.violation(envelope_definition(schema, false), message,
                                            JsonSchema::Members::closed)) {
        return complain(message, asked.revision, *found);
    }
    std::optional<std::string> violation;
    if (asked.revision == newest && is_other_result(asked.method, message["result"], violation)) {
        if (violation) complain(message, newest, *violation);
        return;
    }
    const auto definition = result_definitions().find(asked.method);
    if (definition == result_definitions().end()) {
        return complain(message, asked.revision, "a result for " + asked.method);
    }
    if (const auto found =
            schema.violation(definition->second, message["result"], JsonSchema::Members::closed)) {
        complain(message, asked.revision, *found);
    }
}

void WireCheck::received_error(const Json& message) {
    std::string revision = session_.empty() ? newest : session_;
    Json checked = message;
    if (message.contains("id") && !message["id"].is_null()) {
        const auto known = asked_.find(message["id"].dump());
        if (known != asked_.end()) {
            // A refused second use of an id is answered before the first use.
            const auto answered = message["error"]["code"] == -32600 ? known->second.end() - 1
                                                                     : known->second.begin();
            if (!answered->revision.empty()) revision = answered->revision;
            known->second.erase(answered);
            if (known->second.empty()) asked_.erase(known);
        }
    } else if (!session_.empty() && session_ <= "2025-06-18") {
        // These schema files know only readable ids; JSON-RPC asks for null where there is none.
        if (!message.contains("id")) return complain(message, revision, "lacks \"id\": null");
        checked["id"] = 0;
    }
    const JsonSchema& schema = revision_schema(revision);
    if (const auto found = schema.violation(envelope_definition(schema, true), checked,
                                            JsonSchema::Members::closed)) {
        complain(message, revision, *found);
    }
}

void WireCheck::complain(const Json& message, const std::string& revision,
                         const std::string& what) {
    violations_.push_back((revision.empty() ? "no session" : revision) + ": " + what + "\n  " +
                          message.dump(-1, ' ', false, Json::error_handler_t::replace));
}

}  // namespace bm::test
