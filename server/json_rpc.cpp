#include "server/json_rpc.hpp"

#include <utility>

#include "markdown/result.hpp"

namespace bm {
namespace {

Malformed malformed(std::string message, std::optional<RequestId> id = std::nullopt) {
    return {ProtocolError{error_code::invalid_request, "Invalid Request: " + std::move(message)},
            std::move(id)};
}

Malformed unanswerable(std::string message) {
    Malformed out = malformed(std::move(message));
    out.wants_answer = false;
    return out;
}

/// Takes the member out of its object.
Json taken(Json& object, const char* name) {
    const auto found = object.find(name);
    return found == object.end() ? Json() : std::move(found.value());
}

bool is_version_two(const Json& object) {
    const auto found = object.find("jsonrpc");
    return found != object.end() && found->is_string() &&
           found->get_ref<const std::string&>() == "2.0";
}

SingleMessage read_call(Json& object) {
    const bool has_id = object.contains("id");
    const auto id = has_id ? RequestId::from(object["id"]) : std::nullopt;
    const auto wrong = [&](const char* what) -> SingleMessage {
        return has_id ? malformed(what, id) : unanswerable(what);
    };
    if (has_id && !id) return malformed("id is neither a string nor a whole number");
    Json method = taken(object, "method");
    // Without an id too: a notification names its method, so this is none, and whatever else is not
    // a legal message gets an answer.
    if (!method.is_string()) return malformed("method is not a string", id);
    if (!is_version_two(object)) return wrong("jsonrpc is not \"2.0\"");
    Json params = taken(object, "params");
    if (params.is_null()) params = Json::object();
    if (!params.is_object()) return wrong("params is not an object");
    std::string name = std::move(method.get_ref<std::string&>());
    if (!id) return Notification{std::move(name), std::move(params)};
    return Request{*id, std::move(name), std::move(params)};
}

SingleMessage read_single(Json&& object) {
    if (!object.is_object()) return malformed("a message is an object");
    if (object.contains("method")) return read_call(object);
    const auto found = object.find("id");
    auto id = found == object.end() ? std::nullopt : RequestId::from(*found);
    if (object.contains("result") || object.contains("error")) {
        if (!is_version_two(object)) return unanswerable("jsonrpc is not \"2.0\"");
        return Response{std::move(id), std::move(object)};
    }
    return malformed("method is missing", std::move(id));
}

Message read_batch(Json&& list) {
    if (list.empty()) return malformed("an empty batch");
    if (list.size() > max_batch_messages) {
        return malformed("more than " + std::to_string(max_batch_messages) +
                         " messages in one batch");
    }
    Batch batch;
    batch.messages.reserve(list.size());
    for (Json& element : list) batch.messages.push_back(read_single(std::move(element)));
    return batch;
}

}  // namespace

std::optional<RequestId> RequestId::from(const Json& raw) {
    if (raw.is_string()) return RequestId(Value(raw.get_ref<const std::string&>()));
    if (raw.is_number_unsigned()) return RequestId(Value(raw.get<std::uint64_t>()));
    if (raw.is_number_integer()) {
        const auto number = raw.get<std::int64_t>();
        // One number has one form, whichever way it was built.
        if (number >= 0) return RequestId(Value(static_cast<std::uint64_t>(number)));
        return RequestId(Value(number));
    }
    return std::nullopt;
}

Json RequestId::json() const {
    return std::visit([](const auto& value) { return Json(value); }, value_);
}

Message read_message(std::string_view bytes, const DocumentLimits& limits) {
    return std::visit(
        Match{[](Json&& json) -> Message {
                  if (json.is_array()) return read_batch(std::move(json));
                  return std::visit([](auto&& single) { return Message(std::move(single)); },
                                    read_single(std::move(json)));
              },
              [](TooMuch&& too_much) -> Message {
                  return malformed(std::move(too_much.reason), RequestId::from(too_much.id));
              },
              [](NotJson&&) -> Message {
                  return Malformed{ProtocolError{error_code::parse,
                                                 "Parse error: the message is not JSON in UTF-8"},
                                   std::nullopt};
              }},
        read_document(bytes, limits));
}

Json result_message(const RequestId& id, Json result) {
    Json message = {{"jsonrpc", "2.0"}, {"id", id.json()}};
    message["result"] = std::move(result);
    return message;
}

Json error_message(const RequestId& id, const ProtocolError& error) {
    return error_message(id, error, UnreadableId::left_out);
}

Json error_message(const std::optional<RequestId>& id, const ProtocolError& error,
                   UnreadableId unreadable) {
    Json message = {{"jsonrpc", "2.0"}};
    if (id) {
        message["id"] = id->json();
    } else if (unreadable == UnreadableId::null) {
        message["id"] = nullptr;
    }
    Json body = {{"code", error.code}, {"message", error.message}};
    if (!error.data.is_null()) body["data"] = error.data;
    message["error"] = std::move(body);
    return message;
}

Json request_message(const RequestId& id, const Json& call) {
    Json message = {{"jsonrpc", "2.0"}, {"id", id.json()}};
    message.update(call);
    return message;
}

Json notification_message(std::string_view method, Json params) {
    Json message = {{"jsonrpc", "2.0"}, {"method", std::string(method)}};
    if (!params.is_null()) message["params"] = std::move(params);
    return message;
}

}  // namespace bm
