#include "server/event_stream.hpp"

#include <algorithm>

#include "server/http_response.hpp"

namespace bm {

std::string sse_event(std::string_view data, std::string_view id, std::string_view type) {
    std::string out;
    out.reserve(data.size() + id.size() + type.size() + 32);
    if (!type.empty()) out.append("event: ").append(type).append("\n");
    if (!id.empty()) out.append("id: ").append(id).append("\n");
    out.append("data: ").append(data).append("\n\n");
    return out;
}

std::string sse_priming_event(std::string_view id, std::chrono::milliseconds retry) {
    return "id: " + std::string(id) + "\nretry: " + std::to_string(retry.count()) + "\ndata: \n\n";
}

HttpResponse event_stream_head() {
    HttpResponse head;
    head.fields.add("Content-Type", "text/event-stream");
    head.fields.add("Cache-Control", "no-cache, no-transform");
    head.fields.add("X-Accel-Buffering", "no");
    return head;
}

Streamed stream_events(HttpExchange& exchange, const HttpResponse& head, Outbox& outbox,
                       const StreamCare& care) {
    Outbox::Taken taken = outbox.take();
    if (taken.is_broken && !care.last_words) return Streamed::not_begun;
    exchange.begin_stream(head);
    bool ends_with_last_words = care.last_words != nullptr;
    Moment next_question = steady_now() + care.interval;
    for (;; taken = outbox.take()) {
        if (care.may_go_on && steady_now() >= next_question) {
            if (!care.may_go_on()) {
                exchange.end_stream();
                break;
            }
            next_question = steady_now() + care.interval;
        }
        if (taken.is_broken) {
            // What was pushed before something was lost is whole, and nobody will say it again.
            if (ends_with_last_words && exchange.send(taken.bytes) &&
                exchange.send(care.last_words())) {
                exchange.end_stream();
            }
            break;
        }
        if (!exchange.send(taken.bytes)) break;
        if (taken.is_last) {
            exchange.end_stream();
            return Streamed::whole;
        }
        // Who was given no id has nothing to come back with.
        if (care.can_be_resumed && !taken.bytes.empty()) ends_with_last_words = false;
        taken = {};
        const Moment until = steady_now() + care.interval;
        const auto waited =
            exchange.wait(outbox.fd(), care.may_go_on ? std::min(until, next_question) : until);
        if (waited == HttpExchange::Waited::peer_gone) break;
        if (waited == HttpExchange::Waited::timed_out && !exchange.send(": keep-alive\n\n")) break;
    }
    outbox.break_off();
    return Streamed::broken;
}

}  // namespace bm
