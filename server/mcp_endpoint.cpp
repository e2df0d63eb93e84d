#include "server/mcp_endpoint.hpp"

#include <utility>

#include "markdown/result.hpp"
#include "server/cors.hpp"
#include "server/mcp_headers.hpp"
#include "server/post_sink.hpp"
#include "server/session_post.hpp"

namespace bm {
namespace {

const ProtocolError& stopping_error() {
    static const ProtocolError error{error_code::internal,
                                     "The server is stopping: this request was given up"};
    return error;
}

}  // namespace

std::string_view mcp_methods(bool is_stateless) noexcept {
    return is_stateless ? "POST, OPTIONS" : "GET, POST, DELETE, OPTIONS";
}

std::optional<Caller> admit_mcp_caller(const EndpointGuards& guards, std::string_view methods,
                                       HttpExchange& exchange) {
    const HttpRequest& request = exchange.request();
    if (!admit_origin(guards, exchange)) return std::nullopt;
    if (is_preflight(request)) {
        exchange.answer(preflight_response(request));
        return std::nullopt;
    }
    if (request.method != "POST" && request.method != "GET" && request.method != "DELETE") {
        answer_method_not_allowed(exchange, methods);
        return std::nullopt;
    }
    return admit_credentials(guards, exchange);
}

McpEndpoint::McpEndpoint(EndpointParts parts, LegacyHttp::Options options)
    : parts_(std::move(parts)), modern_(parts_, open_), legacy_(parts_, options) {}

void McpEndpoint::serve(HttpExchange& exchange) {
    const auto caller = admit_mcp_caller(parts_.guards(), allowed_methods(), exchange);
    if (caller) serve_caller(exchange, *caller);
}

void McpEndpoint::serve_caller(HttpExchange& exchange, const Caller& caller) {
    const HttpRequest& request = exchange.request();
    if (request.method == "POST") return serve_post(exchange, caller);
    // Modern clients have nothing to get or to end.
    if (http_era_of(request.fields) == HttpEra::modern) {
        return answer_method_not_allowed(exchange, "POST, OPTIONS");
    }
    if (legacy_.is_stateless()) return answer_method_not_allowed(exchange, allowed_methods());
    request.method == "GET" ? legacy_.listen(exchange, caller)
                            : legacy_.end_session(exchange, caller);
}

void McpEndpoint::serve_post(HttpExchange& exchange, const Caller& caller) {
    const HttpFields& fields = exchange.request().fields;
    if (!has_json_body(fields)) {
        return answer_error(exchange, 415, "Content-Type must be application/json");
    }
    const AcceptedMedia accepted = accepted_media(fields);
    if (!accepted.json && !accepted.events) {
        return answer_error(exchange, 406,
                            "Not acceptable: answers are application/json or text/event-stream");
    }
    if (exchange.read_body(parts_.longest_message)) take_message(exchange, caller, accepted);
}

void McpEndpoint::take_message(HttpExchange& exchange, const Caller& caller,
                               AcceptedMedia accepted) {
    const HttpFields& fields = exchange.request().fields;
    std::visit(
        Match{[&](Request&& request) {
                  take_request(exchange, caller, accepted, std::move(request));
              },
              [&](Notification&& notification) {
                  const HttpEra era = http_era_of(notification, fields);
                  take_other(exchange, caller, era, std::move(notification));
              },
              [&](Response&& response) {
                  take_other(exchange, caller, http_era_of(fields), std::move(response));
              },
              [&](Malformed&& malformed) { refuse_malformed(exchange, caller, malformed); },
              [&](Batch&& batch) { take_batch(exchange, caller, accepted, std::move(batch)); }},
        read_message(exchange.request().body));
}

void McpEndpoint::take_request(HttpExchange& exchange, const Caller& caller, AcceptedMedia accepted,
                               Request request) {
    const HttpFields& fields = exchange.request().fields;
    switch (http_era_of(request, fields)) {
        case HttpEra::modern:
            return modern_.serve(exchange, caller, accepted, std::move(request));
        case HttpEra::unknown_version:
            return refuse_unknown_version(exchange, request.id);
        case HttpEra::opens_session:
        case HttpEra::in_session:
        case HttpEra::without_session:
            return legacy_.serve(exchange, caller, accepted, std::move(request));
    }
}

void McpEndpoint::take_batch(HttpExchange& exchange, const Caller& caller, AcceptedMedia accepted,
                             Batch batch) {
    switch (http_era_of(exchange.request().fields)) {
        case HttpEra::modern:
            return refuse_malformed(exchange, caller,
                                    {{error_code::invalid_request,
                                      "Invalid Request: batches are not part of this revision"},
                                     std::nullopt});
        case HttpEra::unknown_version:
            return refuse_unknown_version(exchange);
        case HttpEra::opens_session:
        case HttpEra::in_session:
        case HttpEra::without_session:
            return legacy_.serve(exchange, caller, accepted, std::move(batch));
    }
}

void McpEndpoint::refuse_unknown_version(HttpExchange& exchange,
                                         const std::optional<RequestId>& id) {
    const ProtocolError error = unknown_version_error(exchange.request().fields);
    answer_with_cors(exchange,
                     json_response(400, error_message(id, error, UnreadableId::left_out)));
}

void McpEndpoint::take_other(HttpExchange& exchange, const Caller& caller, HttpEra era,
                             SingleMessage message) {
    switch (era) {
        case HttpEra::modern:
            // None are defined over HTTP, and none are refused. Nor do we ask clients anything.
            if (std::holds_alternative<Notification>(message)) return answer_accepted(exchange);
            return refuse_malformed(
                exchange, caller,
                {{error_code::invalid_request, "Invalid Request: this is a response"},
                 std::nullopt});
        case HttpEra::unknown_version:
            return refuse_unknown_version(exchange);
        case HttpEra::opens_session:
        case HttpEra::in_session:
        case HttpEra::without_session:
            return legacy_.serve(exchange, caller, std::move(message));
    }
}

void McpEndpoint::refuse_malformed(HttpExchange& exchange, const Caller& caller,
                                   const Malformed& malformed) {
    const HttpRequest& request = exchange.request();
    const HttpEra era = http_era_of(request.fields);
    // Where there are no sessions, who names no version is taken for a client of 2025-03-26.
    const bool is_legacy =
        era == HttpEra::in_session ||
        (era == HttpEra::without_session &&
         (legacy_.is_stateless() || request.fields.count(mcp_header::protocol_version) > 0));
    const bool null = is_legacy && legacy_.revision_of(request, caller).null_for_unreadable_id;
    answer_with_cors(exchange, json_response(400, error_message(malformed.id, malformed.error,
                                                                null ? UnreadableId::null
                                                                     : UnreadableId::left_out)));
}

void McpEndpoint::end_streams() {
    const RevisionPolicy& newest = *find_revision(modern_versions().back().get<std::string>());
    for (const auto& request : open_.all()) {
        request->finish_listening(parts_.dispatcher, newest);
    }
    for (const auto& session : legacy_.sessions()) session->standalone().end_all();
}

void McpEndpoint::give_up_requests() {
    end_streams();
    for (const auto& request : open_.all()) request->give_up(stopping_error());
    for (const auto& session : legacy_.sessions()) {
        for (auto& taken : session->requests().take_all()) {
            taken.stop.request_stop();
            taken.sink->answer(error_message(taken.ticket.id, stopping_error()));
        }
    }
}

}  // namespace bm
