#include "server/modern_post.hpp"

#include <memory>
#include <utility>

#include "markdown/result.hpp"
#include "server/call.hpp"
#include "server/http_era.hpp"
#include "server/http_response.hpp"
#include "server/mcp_headers.hpp"

namespace bm {
namespace {

/// How long a request may wait for room among the workers.
constexpr std::chrono::milliseconds room_patience{2000};

/// How long the head of a stream waits for what may still turn the answer into a refusal.
constexpr std::chrono::milliseconds first_event_patience{250};

void answer_refusal(HttpExchange& exchange, int status, const RequestId& id,
                    const ProtocolError& error) {
    answer_with_cors(exchange, json_response(status, error_message(id, error)));
}

/// A request that has passed its guards, ready to run.
struct LoneRequest {
    Request request;
    const RevisionPolicy& policy;
    const Method& method;
    RequestMeta meta;
    AcceptedMedia accepted;
    std::size_t bytes = 0;
};

/// Runs one request, and answers whole or as events.
class LoneExchange {
public:
    LoneExchange(const EndpointParts& parts, HttpExchange& exchange, const Caller& caller,
                 LoneRequest lone)
        : parts_(parts),
          exchange_(exchange),
          caller_(caller),
          lone_(std::move(lone)),
          lost_{.ids = {lone_.request.id}} {
        const bool asks_for_more = lone_.meta.progress_token || lone_.meta.log_threshold;
        if (lone_.accepted.events && (!lone_.accepted.json || lone_.method.listens ||
                                      (asks_for_more && lone_.method.runs == Runs::on_worker))) {
            using Errors = EventAnswer::EarlyErrors;
            events_ = std::make_shared<EventAnswer>(
                open_->outbox(), lone_.policy,
                lone_.method.listens && lone_.accepted.json ? Errors::whole : Errors::by_status);
            open_->use(events_);
        } else {
            whole_ = std::make_shared<WholeAnswer>(open_->outbox(), lone_.policy);
            open_->use(whole_);
        }
    }

    [[nodiscard]] const std::shared_ptr<OpenRequest>& open() const noexcept { return open_; }

    void run() {
        auto call = make_call();
        if (lone_.method.runs == Runs::in_order) {
            run_here(std::move(call));
        } else if (!run_on_worker(std::move(call))) {
            return answer_busy(exchange_, "Too many requests wait", lone_.request.id);
        }
        events_ ? send_events() : send_whole();
        // Answered, or its client has gone: nobody waits for it any more.
        open_->abandon();
    }

private:
    std::unique_ptr<Call> make_call() {
        auto admitted = open_->requests().admit(lone_.request.id, open_->sink());
        return std::make_unique<Call>(
            Call::Parts{.kept = open_,
                        .dispatcher = parts_.dispatcher,
                        .sink = *open_->sink(),
                        .reply = Reply(open_->requests(), admitted->ticket),
                        .method = lone_.method,
                        .policy = lone_.policy,
                        .params = std::move(lone_.request.params),
                        .meta = std::move(lone_.meta),
                        .cancelled = admitted->cancelled,
                        .clock = parts_.clock,
                        .caller = caller_.principal});
    }

    void run_here(std::unique_ptr<Call> call) {
        Outcome outcome = call->work();
        Reply& reply = call->reply();
        std::visit(Match{[&](Json&& result) { reply.result(std::move(result)); },
                         [&](ProtocolError&& error) { reply.error(error); },
                         [](Opening&&) {},  // of handshakes, which do not stand alone
                         [&](Listening&& listening) {
                             open_->listen(std::move(reply), std::move(listening.filter),
                                           parts_.changes);
                         }},
                   std::move(outcome));
    }

    bool run_on_worker(std::unique_ptr<Call> call) {
        std::unique_ptr<Task> task = std::move(call);
        if (parts_.pool.submit(task, lone_.bytes, steady_now() + room_patience)) return true;
        open_->abandon();
        return false;
    }

    void send_whole() {
        if (!wait_for_end(exchange_, *open_->outbox())) return;
        answer_call(exchange_, whole_->take_response(), lost_);
    }

    void send_events() {
        Outbox& outbox = *open_->outbox();
        if (exchange_.wait(outbox.fd(), steady_now() + first_event_patience) ==
            HttpExchange::Waited::peer_gone) {
            return;
        }
        if (const int status = events_->begin_stream()) {
            if (!wait_for_end(exchange_, outbox)) return;
            Outbox::Taken taken = outbox.take();
            if (taken.is_broken) return answer_with_cors(exchange_, lost_.response());
            HttpResponse response = json_response(status, nullptr);
            response.body = std::move(taken.bytes);
            return answer_call(exchange_, std::move(response), lost_);
        }
        if (lone_.method.listens) {
            send_listening_stream(parts_, exchange_, caller_, outbox);
        } else {
            send_event_stream(parts_, exchange_, outbox, [this] { return lost_.events(); });
        }
    }

    const EndpointParts& parts_;
    HttpExchange& exchange_;
    const Caller& caller_;
    LoneRequest lone_;
    LostAnswers lost_;
    std::shared_ptr<OpenRequest> open_ = std::make_shared<OpenRequest>(parts_.memory_of(caller_));
    std::shared_ptr<EventAnswer> events_;
    std::shared_ptr<WholeAnswer> whole_;  // one of the two
};

}  // namespace

std::optional<ModernPost::Admitted> ModernPost::admit(HttpExchange& exchange, const Caller& caller,
                                                      const Request& request) const {
    const HttpFields& fields = exchange.request().fields;
    const auto refuse_with = [&](int status, const ProtocolError& error) {
        answer_refusal(exchange, status, request.id, error);
        return std::nullopt;
    };
    const auto policy = check_modern_request(request, fields);
    if (!policy) return refuse_with(400, policy.error());
    const auto method = parts_.dispatcher.find(request.method, **policy);
    if (!method) return refuse_with((*policy)->unknown_method_status, method.error());
    if (!admit_scope(parts_, caller, request, exchange)) return std::nullopt;
    auto meta = read_request_meta(request.params, **policy);
    if (!meta) return refuse_with(400, meta.error());
    if (request.method == "tools/call") {
        const auto client = declared_abilities(meta->client_capabilities, **policy);
        if (const auto checked = check_call(fields, client, request.params); !checked) {
            return refuse_with(400, checked.error());
        }
    }
    return Admitted{*policy, *method, *std::move(meta)};
}

OrError<void> ModernPost::check_call(const HttpFields& fields, const ClientAbilities& client,
                                     const Json& params) const {
    const auto name = params.find("name");
    const auto arguments = params.find("arguments");
    if (name == params.end() || !name->is_string()) return {};
    const Tool* tool =
        parts_.dispatcher.offering().catalog.find_tool(name->get_ref<const std::string&>());
    if (tool == nullptr) return {};
    if (auto missing = missing_abilities(client, needed_abilities(*tool))) {
        return tl::unexpected(*std::move(missing));
    }
    if (arguments == params.end()) return {};
    return check_param_headers(fields, tool->input_schema, *arguments);
}

void ModernPost::serve(HttpExchange& exchange, const Caller& caller, AcceptedMedia accepted,
                       Request request) const {
    auto admitted = admit(exchange, caller, request);
    if (!admitted) return;
    const Method& method = *admitted->method;
    if (method.listens && !accepted.events) {
        return answer_refusal(exchange, 406, request.id,
                              {error_code::invalid_request,
                               "Not acceptable: this method answers with text/event-stream"});
    }
    StreamSlots::Slot slot;
    if (method.listens) {
        slot = admit_stream(parts_, caller, exchange, request.id);
        if (!slot) return;
    }
    if (method.rate_limited && !parts_.completions.admits(caller.client, parts_.clock())) {
        return answer_busy(exchange, "Too many requests of this kind in a second", request.id);
    }
    const std::size_t bytes = exchange.request().body.size();
    LoneExchange one(parts_, exchange, caller,
                     {.request = std::move(request),
                      .policy = *admitted->policy,
                      .method = method,
                      .meta = std::move(admitted->meta),
                      .accepted = accepted,
                      .bytes = bytes});
    const OpenRequests::Membership membership(open_, one.open());
    one.run();
}

}  // namespace bm
