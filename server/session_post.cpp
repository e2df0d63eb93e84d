#include "server/session_post.hpp"

#include <algorithm>
#include <utility>

#include "markdown/result.hpp"
#include "server/answer_sinks.hpp"
#include "server/call.hpp"
#include "server/http_era.hpp"
#include "server/mcp_headers.hpp"

namespace bm {
namespace {

/// How long a request of a session may wait for room among the workers.
constexpr std::chrono::milliseconds worker_patience{2000};

bool wants_answer(const SingleMessage& message) {
    if (const auto* malformed = std::get_if<Malformed>(&message)) return malformed->wants_answer;
    return std::holds_alternative<Request>(message);
}

/// Whether something may have to be said before the answer.
bool takes_time(const Dispatcher& dispatcher, const RevisionPolicy& policy,
                const SingleMessage& message) {
    const auto* request = std::get_if<Request>(&message);
    if (request == nullptr) return false;
    const auto method = dispatcher.find(request->method, policy);
    return method && (*method)->runs == Runs::on_worker;
}

/// The revision that the post itself names, else the session's.
const RevisionPolicy& spoken_revision(const HttpExchange& exchange, const RevisionPolicy& own) {
    const auto named = exchange.request().fields.find(mcp_header::protocol_version);
    const RevisionPolicy* spoken = named ? find_revision(*named) : nullptr;
    return spoken == nullptr ? own : *spoken;
}

/// For so long the beginning of a stream waits for what follows, to go out together with it.
constexpr std::chrono::milliseconds first_answer_patience{100};

/// What the work of one post refers to; it may outlive the connection that brought it.
struct PostPlace {
    explicit PostPlace(const MemoryAccount& account) : outbox(std::make_shared<Outbox>(account)) {}

    std::shared_ptr<HttpSession> session;
    std::shared_ptr<Outbox> outbox;
    std::shared_ptr<WholeAnswer> whole;     // one of the two
    std::shared_ptr<SessionStream> stream;  // is there
    std::shared_ptr<AnswerSink> answers;

    [[nodiscard]] MessageSink& messages() const {
        return whole ? static_cast<MessageSink&>(*whole) : *stream;
    }
};

class SessionExchange {
public:
    SessionExchange(const EndpointParts& parts, HttpExchange& exchange, const Caller& caller,
                    SessionPost& post)
        : parts_(parts), exchange_(exchange), caller_(caller), post_(post) {
        place_->session = post.session;
        lost_.is_batch = post.is_batch;
        for (const SingleMessage& message : post.messages) {
            const auto* request = std::get_if<Request>(&message);
            if (request != nullptr) lost_.ids.push_back(request->id);
        }
        const RevisionPolicy& policy = place_->session->legacy().policy();
        const auto expected = static_cast<std::size_t>(
            std::count_if(post.messages.begin(), post.messages.end(), wants_answer));
        const bool wants_events = std::any_of(
            post.messages.begin(), post.messages.end(),
            [&](const auto& message) { return takes_time(parts.dispatcher, policy, message); });
        if (post.accepted.events &&
            (wants_events || !post.accepted.json || post.accepted.prefers_events)) {
            place_->stream =
                place_->session->open_stream(expected, spoken_revision(exchange, policy));
            place_->answers = place_->stream;
            // From the event before the first; it is there.
            [[maybe_unused]] const bool attached = place_->stream->attach(place_->outbox, 0);
        } else {
            place_->whole = std::make_shared<WholeAnswer>(place_->outbox, policy);
            place_->answers = place_->whole;
            if (post.is_batch) {
                place_->answers = std::make_shared<BatchAnswers>(place_->whole, expected);
            }
        }
    }

    void run() {
        for (SingleMessage& message : post_.messages) {
            std::visit(Match{[&](Request&& request) { run(std::move(request)); },
                             [&](Notification&& notification) {
                                 place_->session->on_notification(notification);
                             },
                             [&](Response&& response) {
                                 place_->session->on_response(std::move(response));
                             },
                             [&](Malformed&& malformed) { refuse(malformed); }},
                       std::move(message));
        }
        if (refused_) return answer_refusal();
        if (place_->stream) return send_events();
        if (!wait_for_end(exchange_, *place_->outbox)) return;
        answer_call(exchange_, place_->whole->take_response(), lost_);
    }

private:
    void refuse(const Malformed& malformed) {
        if (!malformed.wants_answer) return;
        const bool null = place_->session->legacy().policy().null_for_unreadable_id;
        place_->answers->answer(error_message(malformed.id, malformed.error,
                                              null ? UnreadableId::null : UnreadableId::left_out));
    }

    void run(Request request) {
        InFlight& requests = place_->session->requests();
        const auto admitted = requests.admit(request.id, place_->answers);
        if (!admitted) {
            return refuse(request.id,
                          {error_code::invalid_request,
                           "Invalid Request: a request of this id is not answered yet"});
        }
        Reply reply(requests, admitted->ticket);
        const RevisionPolicy& policy = place_->session->legacy().policy();
        const auto method = parts_.dispatcher.find(request.method, policy);
        if (!method) return reply.error(method.error());
        auto meta = read_request_meta(request.params, policy);
        if (!meta) return reply.error(meta.error());
        if ((*method)->rate_limited && !parts_.completions.admits(caller_.client, parts_.clock())) {
            return refuse(reply, {error_code::too_many_requests,
                                  "Too many requests of this kind in a second"});
        }
        run(std::make_unique<Call>(Call::Parts{.kept = place_,
                                               .dispatcher = parts_.dispatcher,
                                               .sink = place_->messages(),
                                               .reply = std::move(reply),
                                               .method = **method,
                                               .policy = policy,
                                               .session = &place_->session->legacy(),
                                               .params = std::move(request.params),
                                               .meta = *std::move(meta),
                                               .cancelled = admitted->cancelled,
                                               .clock = parts_.clock,
                                               .caller = caller_.principal}));
    }

    void run(std::unique_ptr<Call> call) {
        if (call->method().runs == Runs::in_order) return call->run();
        Call& running = *call;
        std::unique_ptr<Task> task = std::move(call);
        const std::size_t bytes = exchange_.request().body.size() / post_.messages.size();
        if (!parts_.pool.submit(task, bytes, steady_now() + worker_patience)) {
            refuse(running.reply(), {error_code::too_many_requests, "Too many requests wait"});
        }
    }

    /// Of a post that has nothing but this request, the refusal is the answer, with its status,
    /// whatever form an answer would have taken.
    void refuse(const RequestId& id, const ProtocolError& error) {
        Json message = error_message(id, error);
        if (post_.is_batch) return place_->answers->answer(std::move(message));
        refused_ =
            json_response(http_status_of(error, place_->session->legacy().policy()), message);
    }

    /// The same for one that was admitted already.
    void refuse(Reply& reply, const ProtocolError& error) {
        if (place_->session->requests().take(reply.ticket())) refuse(reply.id(), error);
    }

    void answer_refusal() {
        if (place_->stream) place_->session->forget_stream(place_->stream->number());
        answer_with_cors(exchange_, *std::move(refused_));
    }

    void send_events() {
        const auto last_words = [this] { return lost_.events(place_->stream->answered()); };
        const bool is_whole =
            send_event_stream(parts_, exchange_, *place_->outbox, last_words,
                              !place_->session->id().empty(), first_answer_patience);
        if (is_whole && place_->stream->is_complete()) place_->stream->set_delivered();
    }

    const EndpointParts& parts_;
    HttpExchange& exchange_;
    const Caller& caller_;
    SessionPost& post_;
    LostAnswers lost_;
    std::shared_ptr<PostPlace> place_ = std::make_shared<PostPlace>(parts_.memory_of(caller_));
    std::optional<HttpResponse> refused_;
};

}  // namespace

void answer_accepted(HttpExchange& exchange) {
    HttpResponse response;
    response.status = 202;
    answer_with_cors(exchange, std::move(response));
}

void serve_session_post(const EndpointParts& parts, HttpExchange& exchange, const Caller& caller,
                        SessionPost post) {
    if (std::none_of(post.messages.begin(), post.messages.end(), wants_answer)) {
        for (SingleMessage& message : post.messages) {
            if (const auto* notification = std::get_if<Notification>(&message)) {
                post.session->on_notification(*notification);
            } else if (auto* response = std::get_if<Response>(&message)) {
                post.session->on_response(std::move(*response));
            }
        }
        return answer_accepted(exchange);
    }
    SessionExchange(parts, exchange, caller, post).run();
}

}  // namespace bm
