#include "server/endpoint_parts.hpp"

#include <algorithm>
#include <utility>
#include <variant>

#include "server/cors.hpp"
#include "server/json_document.hpp"
#include "server/post_sink.hpp"

namespace bm {
namespace {

/// Longer than any request takes; the wait goes on after it.
constexpr std::chrono::minutes wait_at_a_time{10};

constexpr std::string_view answer_is_lost =
    "The answer found no memory and is lost. What was called may have done its work: look before "
    "you call it again";

Json lost_answer(const RequestId& id) {
    return error_message(id, {error_code::internal, std::string(answer_is_lost)});
}

/// What calling this takes. Only tools change notes.
Scope needed_scope(const Catalog& catalog, const Request& request) {
    if (request.method != "tools/call") return Scope::read;
    const auto name = request.params.find("name");
    if (name == request.params.end() || !name->is_string()) return Scope::read;
    const Tool* tool = catalog.find_tool(name->get_ref<const std::string&>());
    return tool == nullptr || tool->annotations.read_only ? Scope::read : Scope::write;
}

}  // namespace

void answer_with_cors(HttpExchange& exchange, HttpResponse response) {
    add_cors(response.fields, exchange.request());
    exchange.answer(response);
}

void answer_error(HttpExchange& exchange, int status, std::string_view sentence) {
    const ProtocolError error{error_code::invalid_request, std::string(sentence)};
    answer_with_cors(exchange, json_response(status, error_message(std::nullopt, error,
                                                                   UnreadableId::left_out)));
}

void answer_method_not_allowed(HttpExchange& exchange, std::string_view allowed) {
    const ProtocolError error{error_code::invalid_request, "Method not allowed"};
    HttpResponse response =
        json_response(405, error_message(std::nullopt, error, UnreadableId::left_out));
    response.fields.add("Allow", std::string(allowed));
    answer_with_cors(exchange, std::move(response));
}

void answer_busy(HttpExchange& exchange, std::string_view sentence,
                 const std::optional<RequestId>& id) {
    const ProtocolError error{error_code::too_many_requests, std::string(sentence)};
    answer_with_cors(exchange,
                     json_response(429, error_message(id, error, UnreadableId::left_out)));
}

HttpResponse unserved_response(const OriginPolicy& origins, const HttpRequest& request, int status,
                               std::string_view sentence) {
    const int code = status < 500 ? error_code::invalid_request : error_code::internal;
    const ProtocolError error{code, std::string(sentence)};
    HttpResponse response =
        json_response(status, error_message(std::nullopt, error, UnreadableId::left_out));
    if (origins.complaint_about(request.fields).empty()) add_cors(response.fields, request);
    return response;
}

HttpResponse LostAnswers::response() const {
    if (!is_batch && ids.size() == 1) return json_response(200, lost_answer(ids.front()));
    Json all = Json::array();
    for (const RequestId& id : ids) all.push_back(lost_answer(id));
    return json_response(200, all);
}

std::string LostAnswers::events(const std::vector<RequestId>& answered) const {
    std::vector<RequestId> rest = ids;
    for (const RequestId& id : answered) {
        const auto same = std::find(rest.begin(), rest.end(), id);
        if (same != rest.end()) rest.erase(same);
    }
    std::string all;
    for (const RequestId& id : rest) all += sse_event(compact_text(lost_answer(id)));
    return all;
}

void answer_call(HttpExchange& exchange, HttpResponse response, const LostAnswers& lost) {
    add_cors(response.fields, exchange.request());
    if (!exchange.try_answer(response)) answer_with_cors(exchange, lost.response());
}

bool wait_for_end(HttpExchange& exchange, const Outbox& outbox) {
    for (;;) {
        const auto waited = exchange.wait(outbox.fd(), steady_now() + wait_at_a_time);
        if (waited == HttpExchange::Waited::peer_gone) return false;
        if (outbox.has_ended()) return true;
    }
}

bool send_event_stream(const EndpointParts& parts, HttpExchange& exchange, Outbox& outbox,
                       std::function<std::string()> last_words, bool can_be_resumed,
                       std::chrono::milliseconds patience) {
    if (patience > std::chrono::milliseconds::zero() &&
        exchange.wait(outbox.fd(), steady_now() + patience) == HttpExchange::Waited::peer_gone) {
        outbox.break_off();
        return false;
    }
    HttpResponse head = event_stream_head();
    add_cors(head.fields, exchange.request());
    return stream_events(exchange, head, outbox,
                         {.interval = parts.keep_alive,
                          .last_words = std::move(last_words),
                          .can_be_resumed = can_be_resumed}) == Streamed::whole;
}

bool send_listening_stream(const EndpointParts& parts, HttpExchange& exchange, const Caller& caller,
                           Outbox& outbox) {
    HttpResponse head = event_stream_head();
    add_cors(head.fields, exchange.request());
    const Streamed streamed = stream_events(exchange, head, outbox,
                                            {.interval = parts.keep_alive, .may_go_on = [&] {
                                                 return is_still_admitted(parts, exchange, caller);
                                             }});
    if (streamed == Streamed::not_begun) {
        HttpResponse refusal =
            unserved_response(parts.origins, exchange.request(), 503,
                              "Too much waits to be taken: come back in a moment");
        refusal.fields.add("Retry-After", "5");
        exchange.answer(refusal);
    }
    return streamed == Streamed::whole;
}

bool is_still_admitted(const EndpointParts& parts, const HttpExchange& exchange,
                       const Caller& caller) {
    if (parts.authorizer == nullptr || !caller.principal) return true;
    const auto verdict = parts.authorizer->authorize(exchange.request());
    const auto* now = std::get_if<Principal>(&verdict);
    return now != nullptr && now->id == caller.principal->id &&
           now->project == caller.principal->project;
}

bool admit_origin(const EndpointGuards& guards, HttpExchange& exchange) {
    const std::string complaint = guards.origins.complaint_about(exchange.request().fields);
    if (exchange.exceeds(guards.longest_message)) {
        const std::string sentence =
            "A message has at most " + std::to_string(guards.longest_message) + " bytes";
        // A page must be able to read that its message is too large, if its origin may read at all.
        if (complaint.empty()) {
            answer_error(exchange, 413, sentence);
        } else {
            const ProtocolError error{error_code::invalid_request, sentence};
            exchange.answer(
                json_response(413, error_message(std::nullopt, error, UnreadableId::left_out)));
        }
        return false;
    }
    if (complaint.empty()) return true;
    const ProtocolError error{error_code::invalid_request, complaint};
    exchange.answer(json_response(403, error_message(std::nullopt, error, UnreadableId::left_out)));
    return false;
}

std::optional<Caller> admit_credentials(const EndpointGuards& guards, HttpExchange& exchange) {
    const HttpRequest& request = exchange.request();
    if (guards.authorizer == nullptr) {
        std::string client = request.is_from_here ? std::string() : request.peer;
        exchange.count_for(client);
        return Caller{std::nullopt, std::move(client)};
    }
    auto verdict = guards.authorizer->authorize(request);
    if (auto* refusal = std::get_if<HttpResponse>(&verdict)) {
        answer_with_cors(exchange, std::move(*refusal));
        return std::nullopt;
    }
    auto principal = std::get<Principal>(std::move(verdict));
    if (principal.project && !guards.serves_bound_callers) {
        // A call could reach every project, so who may reach only one may not call.
        answer_error(exchange, 403, "Callers that are bound to one project are not served here");
        return std::nullopt;
    }
    std::string client = principal.id;
    exchange.count_for(client);
    return Caller{std::move(principal), std::move(client)};
}

std::string Caller::owner() const {
    if (!principal) return {};
    return principal->project ? principal->id + '\n' + *principal->project : principal->id;
}

StreamSlots::Slot admit_stream(const EndpointParts& parts, const Caller& caller,
                               HttpExchange& exchange, const std::optional<RequestId>& id) {
    StreamSlots::Taken taken = parts.slots.take(caller.client);
    if (taken.slot) return std::move(taken.slot);
    answer_busy(exchange,
                taken.refusal == StreamSlots::Refusal::client_has_too_many
                    ? "Too many open streams of this client: close one, or come back"
                    : "Too many open streams of all clients: come back",
                id);
    return nullptr;
}

bool admit_scope(const EndpointParts& parts, const Caller& caller, const Request& request,
                 HttpExchange& exchange) {
    if (!caller.principal || caller.principal->scope == Scope::write) return true;
    if (needed_scope(parts.dispatcher.offering().catalog, request) == Scope::read) return true;
    answer_with_cors(exchange, parts.authorizer->refuse_scope(Scope::write));
    return false;
}

bool admit_scope(const EndpointParts& parts, const Caller& caller, const Message& message,
                 HttpExchange& exchange) {
    if (const auto* request = std::get_if<Request>(&message)) {
        return admit_scope(parts, caller, *request, exchange);
    }
    const auto* batch = std::get_if<Batch>(&message);
    if (batch == nullptr) return true;
    for (const SingleMessage& part : batch->messages) {
        const auto* request = std::get_if<Request>(&part);
        if (request != nullptr && !admit_scope(parts, caller, *request, exchange)) return false;
    }
    return true;
}

}  // namespace bm
