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

void WholeAnswer::settle(int status, const Json& message) {
    HttpResponse response = json_response(status, message);
    {
        const std::scoped_lock lock(mutex_);
        response_ = std::move(response);
    }
    outbox_.end();
}

void WholeAnswer::send(const Json& message) {
    if (message.is_array()) settle(200, message);
}

void WholeAnswer::answer(Json message) {
    const int status = http_status_of_answer(message, policy_);
    send_answer(std::move(message), [&](const Json& said) { settle(status, said); });
}

void WholeAnswer::skip() {
    {
        const std::scoped_lock lock(mutex_);
        response_ = HttpResponse();
        response_.status = 202;
    }
    outbox_.end();
}

HttpResponse WholeAnswer::take_response() {
    const std::scoped_lock lock(mutex_);
    return std::move(response_);
}

void EventAnswer::send(const Json& message) {
    has_sent_ = true;
    outbox_.push(sse_event(compact_text(message)));
}

void EventAnswer::answer(Json message) {
    const int status = http_status_of_answer(message, policy_);
    const bool goes_whole =
        status != 200 || (errors_ == EarlyErrors::whole && message.contains("error"));
    if (goes_whole && !has_sent_ && open_ == 1) {
        refused_with_ = status;
        send_answer(std::move(message),
                    [&](const Json& said) { outbox_.push(compact_text(said)); });
    } else {
        send_answer(std::move(message), [&](const Json& said) { send(said); });
    }
    skip();
}

void EventAnswer::skip() {
    if (--open_ == 0) outbox_.end();
}

}  // namespace bm
