#include "server/conversation.hpp"

#include <algorithm>
#include <exception>
#include <string>
#include <utility>

#include "markdown/result.hpp"
#include "server/answer_sinks.hpp"

namespace bm {
namespace {

/// Subscriptions that one client may hold open at once; each filters every change.
constexpr std::size_t max_subscriptions = 100;

/// How often a reader that waits for room among the workers looks whether it should end.
constexpr std::chrono::milliseconds room_wait{50};

/// How often the end looks whether an answer that holds it up is still on its way.
constexpr std::chrono::milliseconds sending_wait{100};

bool expects_answer(const SingleMessage& message) {
    if (const auto* malformed = std::get_if<Malformed>(&message)) return malformed->wants_answer;
    return std::holds_alternative<Request>(message);
}

}  // namespace

Conversation::Conversation(const Dispatcher& dispatcher, ChangeBus& changes, Connection& connection,
                           Options options)
    : dispatcher_(dispatcher),
      changes_(changes),
      connection_(connection),
      options_(std::move(options)),
      completions_(options_.completions_per_second, std::chrono::seconds(1)),
      direct_(std::make_shared<DirectAnswers>(connection)),
      pool_(options_.workers, options_.log) {}

bool Conversation::run() {
    for (;;) {
        Received received = connection_.receive();
        if (const auto* ending = std::get_if<Ending>(&received)) return settle(*ending);
        if (const auto* message = std::get_if<ReceivedMessage>(&received)) {
            on_line(message->bytes);
        } else {
            on_malformed({{error_code::invalid_request,
                           "Invalid Request: a message has at most " +
                               std::to_string(connection_.longest_message()) + " bytes"},
                          std::nullopt});
        }
    }
}

void Conversation::on_line(std::string_view bytes) {
    try {
        on_message(read_message(bytes), bytes.size());
    } catch (const std::exception& error) {
        // Out of memory, most likely. The request, if it was one, has got an error from its Reply;
        // the next message may well be smaller.
        note(Severity::error, std::string("a message could not be processed: ") + error.what());
    }
}

void Conversation::on_message(Message message, std::size_t bytes) {
    std::visit(Match{[&](Request&& request) {
                         on_request(std::move(request), {direct_, false, bytes});
                     },
                     [&](Notification&& notification) { on_notification(notification); },
                     [&](Response&& response) { on_response(std::move(response)); },
                     [&](Malformed&& malformed) { on_malformed(malformed); },
                     [&](Batch&& batch) { on_batch(std::move(batch), bytes); }},
               std::move(message));
}

void Conversation::on_malformed(const Malformed& malformed) {
    if (!malformed.wants_answer) return note(Severity::debug, malformed.error.message);
    connection_.send(error_message(malformed.id, malformed.error, unreadable_id()));
}

void Conversation::on_batch(Batch batch, std::size_t bytes) {
    if (!session_ || !session_->policy().batching) {
        return on_malformed({{error_code::invalid_request,
                              "Invalid Request: batches are not part of this revision"},
                             std::nullopt});
    }
    const auto expected = static_cast<std::size_t>(
        std::count_if(batch.messages.begin(), batch.messages.end(), expects_answer));
    const auto answers = std::make_shared<BatchAnswers>(direct_, expected);
    for (SingleMessage& message : batch.messages) {
        std::visit(
            Match{
                [&](Request&& request) {
                    on_request(std::move(request), {answers, true, bytes / batch.messages.size()});
                },
                [&](Notification&& notification) { on_notification(notification); },
                [&](Response&& response) { on_response(std::move(response)); },
                [&](Malformed&& malformed) {
                    if (!malformed.wants_answer) return;
                    answers->answer(error_message(malformed.id, malformed.error, unreadable_id()));
                }},
            std::move(message));
    }
}

void Conversation::on_response(Response response) {
    if (session_ && session_->requests().on_response(std::move(response))) return;
    note(Severity::debug, "a response to nothing: ignored");
}

void Conversation::on_notification(const Notification& notification) {
    if (notification.method == "notifications/initialized") {
        if (session_) session_->set_ready();
    } else if (notification.method == "notifications/cancelled") {
        const auto raw = notification.params.find("requestId");
        const auto id = raw == notification.params.end() ? std::nullopt : RequestId::from(*raw);
        if (id && requests_.cancel(*id)) subscriptions_.erase(*id);
    }
    // All others, known or not, ask nothing of us.
}

OrError<const RevisionPolicy*> Conversation::settle_era(const Request& request,
                                                        bool in_batch) const {
    const RevisionPolicy* session = session_ ? &session_->policy() : nullptr;
    const RevisionPolicy* outside = find_revision(newest_legacy_version);
    const EraClaim claim = claimed_era(request.method, request.params, session);
    if (const auto* in_session = std::get_if<InSession>(&claim)) return in_session->policy;
    if (std::holds_alternative<BelongsNowhere>(claim)) {
        if (request.method == "ping") return outside;
        return tl::unexpected(no_era_error());
    }
    if (in_batch) {
        return refuse(error_code::invalid_request,
                      "Invalid Request: " + clipped(request.method) + " cannot be part of a batch");
    }
    if (std::holds_alternative<OpensSession>(claim)) return session != nullptr ? session : outside;
    return claimed_revision(request.params);
}

void Conversation::on_request(Request request, const Arrival& arrival) {
    const auto admitted = requests_.admit(request.id, arrival.sink);
    if (!admitted) {
        return arrival.sink->answer(error_message(
            request.id, {error_code::invalid_request,
                         "Invalid Request: a request of this id is not answered yet"}));
    }
    Reply reply(requests_, admitted->ticket);
    const auto policy = settle_era(request, arrival.in_batch);
    if (!policy) return reply.error(policy.error());
    const auto method = dispatcher_.find(request.method, **policy);
    if (!method) return reply.error(method.error());
    auto meta = read_request_meta(request.params, **policy);
    if (!meta) return reply.error(meta.error());
    if ((*method)->rate_limited && !completions_.admits(options_.clock())) {
        return reply.error({error_code::too_many_requests,
                            "At most " + std::to_string(options_.completions_per_second) +
                                " requests of this kind in a second"});
    }
    LegacySession* session = (*policy)->modern || !session_ ? nullptr : &*session_;
    auto call = std::make_unique<Call>(Call::Parts{.dispatcher = dispatcher_,
                                                   .sink = connection_,
                                                   .reply = std::move(reply),
                                                   .method = **method,
                                                   .policy = **policy,
                                                   .session = session,
                                                   .params = std::move(request.params),
                                                   .meta = std::move(*meta),
                                                   .cancelled = admitted->cancelled,
                                                   .clock = options_.clock,
                                                   .caller = options_.caller});
    if ((*method)->runs == Runs::in_order) {
        run_in_order(std::move(call));
    } else {
        run_on_worker(std::move(call), arrival.bytes);
    }
}

void Conversation::run_in_order(std::unique_ptr<Call> call) {
    std::visit(Match{[&](Json&& result) { call->reply().result(std::move(result)); },
                     [&](ProtocolError&& error) { call->reply().error(error); },
                     [&](Opening&& opening) {
                         open_session(opening);
                         call->reply().result(std::move(opening.result));
                     },
                     [&](Listening&& listening) {
                         open_subscription(std::move(call->reply()), std::move(listening.filter));
                     }},
               call->work());
}

void Conversation::run_on_worker(std::unique_ptr<Call> call, std::size_t bytes) {
    std::unique_ptr<Task> task = std::move(call);
    while (!pool_.submit(task, bytes, steady_now() + room_wait)) {
        if (connection_.is_ending()) return;
    }
}

void Conversation::open_session(const Opening& opening) {
    session_.emplace(*opening.policy, opening.client_capabilities, options_.memory);
    notices_.emplace(connection_, *session_, changes_,
                     options_.caller ? options_.caller->project : std::nullopt);
}

void Conversation::open_subscription(Reply reply, SubscriptionFilter filter) {
    if (subscriptions_.size() >= max_subscriptions) {
        return reply.error(
            {error_code::too_many_requests,
             "At most " + std::to_string(max_subscriptions) + " subscriptions at a time"});
    }
    MemoryBudget::Share memory(options_.memory);
    if (!memory.resize(filter.resources.bytes())) return reply.error(no_room_to_follow());
    const RequestId id = reply.id();
    auto subscription =
        std::make_unique<Subscription>(connection_, id, std::move(filter), changes_);
    subscriptions_.emplace(
        id, OpenSubscription{std::move(reply), std::move(subscription), std::move(memory)});
}

void Conversation::end_subscriptions() {
    const RevisionPolicy& policy = *find_revision(modern_versions().back().get<std::string>());
    for (auto& [id, open] : subscriptions_) {
        const Json farewell = open.subscription->cancellation();
        Json result = dispatcher_.finished(open.subscription->final_result(), policy);
        open.subscription.reset();
        // The result first: clients take it as a graceful end and ignore what names a finished
        // request.
        open.reply.result(std::move(result));
        connection_.send(farewell);
    }
    subscriptions_.clear();
}

bool Conversation::settle(Ending ending) {
    const Moment began = steady_now();
    if (ending != Ending::peer_gone) {
        end_subscriptions();
        requests_.wait_until_empty(began + options_.grace);
    }
    auto left = requests_.take_all();
    for (auto& taken : left) taken.stop.request_stop();
    for (auto& taken : left) {
        taken.sink->answer(error_message(
            taken.ticket.id,
            {error_code::internal, "The server is stopping: this request was given up"}));
    }
    pool_.drop_queued();
    // A worker whose answer is on its way, or has just gone out, is not stuck: leaving it would cut
    // the line.
    Moment until = began + options_.hard_limit;
    bool has_sent = true;
    while (!pool_.wait_until_idle(until)) {
        const bool sends = connection_.is_sending();
        if (!sends && !has_sent) return false;
        has_sent = sends;
        until = steady_now() + sending_wait;
    }
    return true;
}

UnreadableId Conversation::unreadable_id() const {
    const bool null = session_ && session_->policy().null_for_unreadable_id;
    return null ? UnreadableId::null : UnreadableId::left_out;
}

void Conversation::note(Severity severity, std::string_view what) const {
    if (options_.log) options_.log(severity, what);
}

}  // namespace bm
