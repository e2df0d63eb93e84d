#include "server/post_sink.hpp"

#include <exception>
#include <utility>

#include "server/answer_sinks.hpp"
#include "server/event_stream.hpp"
#include "server/http_era.hpp"
#include "server/json_document.hpp"

namespace bm {
namespace {

/// Passes an answer on as a message, replacing one that cannot be put into bytes.
template <class Send>
void send_answer(Json message, Send send) {
    class Through final : public MessageSink {
    public:
        explicit Through(Send& through) : through_(through) {}
        void send(const Json& said) override { through_(said); }

    private:
        Send& through_;
    };
    Through through(send);
    DirectAnswers(through).answer(std::move(message));
}

}  // namespace

int http_status_of_answer(const Json& message, const RevisionPolicy& policy) {
    if (!message.is_object()) return 200;
    const auto error = message.find("error");
    if (error == message.end()) return 200;
    ProtocolError read;
    read.code = error->value("code", 0);
    return http_status_of(read, policy);
}

HttpResponse json_response(int status, const Json& message) {
    HttpResponse response;
    response.status = status;
    response.fields.add("Content-Type", "application/json");
    response.fields.add("Cache-Control", "no-store");
    if (status == 429) response.fields.add("Retry-After", "1");
    response.body = compact_text(message);
    return response;
}

void WholeAnswer::settle(HttpResponse response) {
    {
        const std::scoped_lock lock(mutex_);
        response_ = std::move(response);
    }
    outbox_->end();
}

void WholeAnswer::answer(Json message) {
    const int status = http_status_of_answer(message, policy_);
    send_answer(std::move(message), [&](const Json& said) { settle(json_response(status, said)); });
}

void WholeAnswer::skip() {
    HttpResponse nothing;
    nothing.status = 202;
    settle(std::move(nothing));
}

HttpResponse WholeAnswer::take_response() {
    const std::scoped_lock lock(mutex_);
    return std::move(response_);
}

void EventAnswer::push_event(const Json& message, Wakes wakes) {
    const std::string event = sse_event(compact_text(message));
    const std::scoped_lock lock(mutex_);
    is_stream_ = true;
    wakes == Wakes::now ? outbox_->push(event) : outbox_->push_quietly(event);
}

void EventAnswer::send(const Json& message) { push_event(message, Wakes::now); }

void EventAnswer::answer(Json message) {
    const int status = http_status_of_answer(message, policy_);
    const bool is_refusal =
        status != 200 || (errors_ == EarlyErrors::whole && message.contains("error"));
    bool goes_whole = false;
    if (is_refusal) {
        const std::scoped_lock lock(mutex_);
        goes_whole = !is_stream_;
        if (goes_whole) refused_with_ = status;
    }
    if (goes_whole) {
        send_answer(std::move(message),
                    [&](const Json& said) { outbox_->push_quietly(compact_text(said)); });
    } else {
        send_answer(std::move(message),
                    [&](const Json& said) { push_event(said, Wakes::with_end); });
    }
    skip();
}

void EventAnswer::skip() { outbox_->end(); }

int EventAnswer::begin_stream() {
    const std::scoped_lock lock(mutex_);
    if (refused_with_ == 0) is_stream_ = true;
    return refused_with_;
}

}  // namespace bm
