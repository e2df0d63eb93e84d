#pragma once

#include <chrono>
#include <functional>
#include <string>
#include <string_view>

#include "server/http_exchange.hpp"
#include "server/outbox.hpp"

namespace bm {

/// Server-sent events (WHATWG HTML, 9.2), as this protocol uses them: one line of data each.

/// `data` has no line ends. An empty `id` is left out.
[[nodiscard]] std::string sse_event(std::string_view data, std::string_view id = {},
                                    std::string_view type = {});

/// An event that tells only its id and how long to wait before reconnecting.
[[nodiscard]] std::string sse_priming_event(std::string_view id, std::chrono::milliseconds retry);

/// The head of an answer that is a stream of events.
[[nodiscard]] HttpResponse event_stream_head();

/// How often a silent stream shows that it lives.
inline constexpr std::chrono::milliseconds keep_alive_interval{15'000};

/// What a stream is kept going by.
struct StreamCare {
    std::chrono::milliseconds interval = keep_alive_interval;
    /// Asked once in each interval, however much is sent; the stream ends when it says no.
    std::function<bool()> may_go_on{};
    /// The events that end the stream in place of those that were lost, because there was no memory
    /// or the client did not keep up; they follow what was not. None: it breaks off.
    std::function<std::string()> last_words{};
    /// Once begun, it breaks off all the same: the client comes back for the rest.
    bool can_be_resumed = false;
};

enum class Streamed {
    whole,
    broken,
    not_begun,  ///< its first events were lost, and there are no last words: nothing is answered
};

/// Begins the answer and sends what comes through the outbox until it ends or the client goes. What
/// is left in the outbox of a client that has gone is dropped, and nothing more gets in.
Streamed stream_events(HttpExchange& exchange, const HttpResponse& head, Outbox& outbox,
                       const StreamCare& care);

}  // namespace bm
