#include "server/legacy_http.hpp"

#include <algorithm>
#include <utility>

#include "server/call.hpp"
#include "server/http_era.hpp"
#include "server/mcp_headers.hpp"

namespace bm {
namespace {

/// A handshake has nothing to say before its answer.
class NothingBefore final : public MessageSink {
public:
    void send(const Json& /*message*/) override {}
    [[nodiscard]] bool reaches_client() const noexcept override { return false; }
};

void answer_fault(HttpExchange& exchange, int status, const std::optional<RequestId>& id, int code,
                  std::string sentence, UnreadableId unreadable = UnreadableId::left_out) {
    const ProtocolError error{code, std::move(sentence)};
    answer_with_cors(exchange, json_response(status, error_message(id, error, unreadable)));
}

/// What a batch that a session does not take is answered with, in its revision's form.
void refuse_batch(HttpExchange& exchange, const RevisionPolicy& policy, std::string sentence) {
    answer_fault(exchange, 400, std::nullopt, error_code::invalid_request, std::move(sentence),
                 policy.null_for_unreadable_id ? UnreadableId::null : UnreadableId::left_out);
}

bool is_handshake(const SingleMessage& message) {
    const auto* request = std::get_if<Request>(&message);
    return request != nullptr && request->method == "initialize";
}

bool speaks_legacy(const RevisionPolicy* policy) { return policy != nullptr && !policy->modern; }

bool claims_modern(const SingleMessage& message) {
    const auto* request = std::get_if<Request>(&message);
    return request != nullptr && std::holds_alternative<StandsAlone>(
                                     claimed_era(request->method, request->params, nullptr));
}

}  // namespace

class LegacyHttp::Passing {
public:
    Passing(LegacyHttp& http, std::shared_ptr<HttpSession> session)
        : http_(http), session_(std::move(session)) {
        if (!session_->id().empty()) return;
        const std::scoped_lock lock(http_.mutex_);
        http_.passing_.insert(session_);
    }
    Passing(const Passing&) = delete;
    Passing& operator=(const Passing&) = delete;
    ~Passing() {
        const std::scoped_lock lock(http_.mutex_);
        http_.passing_.erase(session_);
    }

private:
    LegacyHttp& http_;
    std::shared_ptr<HttpSession> session_;
};

LegacyHttp::LegacyHttp(const EndpointParts& parts, Options options)
    : parts_(parts),
      options_(options),
      sessions_(parts.changes, options.sessions, parts.clock, {parts.memory, parts.kept}) {}

std::vector<std::shared_ptr<HttpSession>> LegacyHttp::sessions() {
    auto all = sessions_.all();
    const std::scoped_lock lock(mutex_);
    all.insert(all.end(), passing_.begin(), passing_.end());
    return all;
}

const RevisionPolicy& LegacyHttp::revision_of(const HttpRequest& request, const Caller& caller) {
    const auto id = request.fields.find(mcp_header::session_id);
    const auto session = id ? sessions_.find(*id, caller.owner()) : nullptr;
    return session ? session->legacy().policy() : revision_without_session(request.fields);
}

std::shared_ptr<HttpSession> LegacyHttp::find_session(HttpExchange& exchange, const Caller& caller,
                                                      const std::optional<RequestId>& id) {
    constexpr int code = error_code::invalid_request;
    const HttpFields& fields = exchange.request().fields;
    const auto named = fields.find(mcp_header::session_id);
    if (!named || fields.count(mcp_header::session_id) > 1) {
        answer_fault(exchange, 400, id, code,
                     "Bad request: MCP-Session-Id must be given once; send initialize first");
        return nullptr;
    }
    auto session = sessions_.find(*named, caller.owner());
    if (!session) {
        answer_fault(exchange, 404, id, code, "Session not found: send initialize again");
        return nullptr;
    }
    // Some clients send an older version than the session's with every request. What they were
    // promised is the session's all the same.
    const auto version = fields.find(mcp_header::protocol_version);
    const RevisionPolicy* spoken = version ? find_revision(*version) : nullptr;
    if (fields.count(mcp_header::protocol_version) > 1 || (version && !speaks_legacy(spoken))) {
        answer_fault(exchange, 400, id, code,
                     "Bad request: MCP-Protocol-Version is none that a session can have; this "
                     "one's is " +
                         std::string(session->legacy().policy().version));
        return nullptr;
    }
    return session;
}

std::shared_ptr<HttpSession> LegacyHttp::session_of(HttpExchange& exchange, const Caller& caller,
                                                    const std::optional<RequestId>& id) {
    if (!options_.is_stateless) return find_session(exchange, caller, id);
    auto passing = std::make_shared<HttpSession>(
        "", caller.owner(), revision_without_session(exchange.request().fields), parts_.changes,
        Json::object(), steady_now, caller.project(),
        SessionMemory{parts_.memory_of(caller), parts_.kept});
    // Nobody could have chosen a level that lasts, so what is worth knowing is sent to all.
    passing->legacy().set_log_threshold(Severity::info);
    return passing;
}

void LegacyHttp::serve_post(HttpExchange& exchange, const Caller& caller, SessionPost post) {
    const Passing passing(*this, post.session);
    serve_session_post(parts_, exchange, caller, std::move(post));
}

void LegacyHttp::serve(HttpExchange& exchange, const Caller& caller, AcceptedMedia accepted,
                       Request request) {
    if (request.method == "initialize") return open_session(exchange, caller, request);
    auto session = session_of(exchange, caller, request.id);
    if (!session || !admit_scope(parts_, caller, request, exchange)) return;
    SessionPost post{std::move(session), accepted, {}, false};
    post.messages.emplace_back(std::move(request));
    serve_post(exchange, caller, std::move(post));
}

void LegacyHttp::serve(HttpExchange& exchange, const Caller& caller, SingleMessage message) {
    auto session = session_of(exchange, caller, std::nullopt);
    if (!session) return;
    SessionPost post{std::move(session), {}, {}, false};
    post.messages.push_back(std::move(message));
    serve_post(exchange, caller, std::move(post));
}

void LegacyHttp::serve(HttpExchange& exchange, const Caller& caller, AcceptedMedia accepted,
                       Batch batch) {
    auto session = session_of(exchange, caller, std::nullopt);
    if (!session) return;
    const RevisionPolicy& policy = session->legacy().policy();
    if (!policy.batching) {
        return refuse_batch(exchange, policy,
                            "Invalid Request: batches are not part of this revision");
    }
    const auto& messages = batch.messages;
    if (std::any_of(messages.begin(), messages.end(), is_handshake) ||
        std::any_of(messages.begin(), messages.end(), claims_modern)) {
        return refuse_batch(exchange, policy,
                            "Invalid Request: neither initialize nor a request with a version of "
                            "its own can be part of a batch");
    }
    for (const SingleMessage& message : messages) {
        const auto* request = std::get_if<Request>(&message);
        if (request != nullptr && !admit_scope(parts_, caller, *request, exchange)) return;
    }
    serve_post(exchange, caller, {std::move(session), accepted, std::move(batch.messages), true});
}

void LegacyHttp::open_session(HttpExchange& exchange, const Caller& caller,
                              const Request& request) {
    const RevisionPolicy& outside = *find_revision(newest_legacy_version);
    const auto method = parts_.dispatcher.find(request.method, outside);
    const auto meta = read_request_meta(request.params, outside);
    const auto answer_with_error = [&](const ProtocolError& error) {
        answer_with_cors(exchange, json_response(http_status_of(error, outside),
                                                 error_message(request.id, error)));
    };
    if (!method) return answer_with_error(method.error());
    if (!meta) return answer_with_error(meta.error());
    NothingBefore nothing;
    Emitter emitter(nothing, outside, nullptr, *meta, {}, parts_.clock);
    RequestContext context{outside,
                           request.params,
                           *meta,
                           nullptr,
                           emitter,
                           {},
                           caller.principal ? &*caller.principal : nullptr};
    Outcome outcome = parts_.dispatcher.dispatch(**method, context);
    if (const auto* error = std::get_if<ProtocolError>(&outcome)) return answer_with_error(*error);
    auto& opening = std::get<Opening>(outcome);
    HttpResponse response =
        json_response(200, result_message(request.id, std::move(opening.result)));
    if (!options_.is_stateless) {
        const auto session = sessions_.open(caller.owner(), caller.client, *opening.policy,
                                            opening.client_capabilities, caller.project());
        if (!session) {
            return answer_busy(exchange, "Too many sessions: end one with DELETE, or come back",
                               request.id);
        }
        response.fields.add(std::string(mcp_header::session_id), session->id());
    }
    answer_with_cors(exchange, std::move(response));
}

void LegacyHttp::listen(HttpExchange& exchange, const Caller& caller) {
    const HttpFields& fields = exchange.request().fields;
    if (!accepted_media(fields).events) {
        return answer_error(exchange, 406, "Not acceptable: this is a text/event-stream");
    }
    const auto session = find_session(exchange, caller, std::nullopt);
    if (!session) return;
    std::optional<EventId> last;
    if (const auto text = fields.find(mcp_header::last_event_id)) {
        last = EventId::from(*text);
        if (!last) return answer_error(exchange, 400, "Bad request: no event has this id");
    }
    const StreamSlots::Slot slot = admit_stream(parts_, caller, exchange);
    if (slot) listen_on(exchange, caller, *session, last);
}

StandaloneStream::Attached LegacyHttp::attach(HttpSession& session,
                                              const std::shared_ptr<Outbox>& outbox,
                                              const std::optional<EventId>& last) {
    using Attached = StandaloneStream::Attached;
    if (!last) return session.standalone().attach(outbox, std::nullopt);
    if (last->stream == StandaloneStream::number) {
        return session.standalone().attach(outbox, last->event);
    }
    const auto stream = session.find_stream(last->stream);
    return stream && stream->attach(outbox, last->event) ? Attached::yes : Attached::not_kept;
}

void LegacyHttp::listen_on(HttpExchange& exchange, const Caller& caller, HttpSession& session,
                           const std::optional<EventId>& last) {
    // Who comes back for the rest of an answer does not listen.
    const bool listens = !last || last->stream == StandaloneStream::number;
    const auto outbox = std::make_shared<Outbox>(parts_.memory_of(caller));
    switch (attach(session, outbox, last)) {
        case StandaloneStream::Attached::yes:
            break;
        case StandaloneStream::Attached::not_kept:
            // Never another stream instead: the client asks again, or for something new.
            return answer_error(exchange, 400, "Bad request: this event is not kept any more");
        case StandaloneStream::Attached::too_many:
            return answer_busy(exchange, "Too many streams listen in this session: close one");
        case StandaloneStream::Attached::has_ended:
            return answer_error(exchange, 404, "Session not found: send initialize again");
    }
    const bool is_whole = send_listening_stream(parts_, exchange, caller, *outbox);
    if (listens) return session.stop_listening(*outbox);
    const auto stream = session.find_stream(last->stream);
    if (is_whole && stream && stream->is_complete()) stream->set_delivered();
}

void LegacyHttp::end_session(HttpExchange& exchange, const Caller& caller) {
    const auto session = find_session(exchange, caller, std::nullopt);
    if (!session) return;
    if (!sessions_.end(session->id(), caller.owner())) {
        return answer_fault(exchange, 404, std::nullopt, error_code::invalid_request,
                            "Session not found");
    }
    HttpResponse response;
    response.status = 204;
    answer_with_cors(exchange, std::move(response));
}

}  // namespace bm
