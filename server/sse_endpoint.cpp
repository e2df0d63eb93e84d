#include "server/sse_endpoint.hpp"

#include <algorithm>
#include <thread>
#include <utility>

#include "server/accepted_media.hpp"
#include "server/conversation.hpp"
#include "server/cors.hpp"
#include "server/event_stream.hpp"
#include "server/json_document.hpp"
#include "server/legacy_session_store.hpp"
#include "server/post_sink.hpp"

namespace bm {
namespace {

/// Does something when its block is left, however that happens.
template <class Deed>
class AtEnd {
public:
    explicit AtEnd(Deed deed) : deed_(std::move(deed)) {}
    AtEnd(const AtEnd&) = delete;
    AtEnd& operator=(const AtEnd&) = delete;
    ~AtEnd() { deed_(); }

private:
    Deed deed_;
};

/// Posts that wait for a busy session.
constexpr std::size_t most_waiting_posts = 256;
constexpr std::size_t most_waiting_bytes = 64 * std::size_t{1024} * 1024;

/// Threads for the calls of one session: there are as many sessions as streams.
constexpr std::size_t workers_of_one = 4;

constexpr std::string_view id_parameter = "sessionId=";

std::string_view session_of_query(std::string_view query) {
    while (!query.empty()) {
        const std::size_t end = std::min(query.find('&'), query.size());
        const std::string_view pair = query.substr(0, end);
        if (pair.starts_with(id_parameter)) return pair.substr(id_parameter.size());
        query.remove_prefix(std::min(end + 1, query.size()));
    }
    return {};
}

}  // namespace

void SseConnection::send(const Json& message) {
    outbox_.push(sse_event(compact_text(message), {}, "message"));
}

Received SseConnection::receive() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return ending_ || !given_.empty(); });
    if (ending_) return *ending_;
    ReceivedMessage message{std::move(given_.front())};
    given_.pop_front();
    given_bytes_ -= message.bytes.size();
    [[maybe_unused]] const bool shrunk = given_memory_.resize(given_bytes_);
    return message;
}

bool SseConnection::is_ending() {
    const std::scoped_lock lock(mutex_);
    return ending_.has_value();
}

bool SseConnection::give(std::string message) {
    const std::scoped_lock lock(mutex_);
    const bool is_full = given_.size() >= most_waiting_posts ||
                         (!given_.empty() && given_bytes_ + message.size() > most_waiting_bytes);
    if (ending_ || is_full || !given_memory_.resize(given_bytes_ + message.size())) return false;
    given_bytes_ += message.size();
    given_.push_back(std::move(message));
    changed_.notify_all();
    return true;
}

void SseConnection::end(Ending why) {
    const std::scoped_lock lock(mutex_);
    if (!ending_) ending_ = why;
    changed_.notify_all();
}

SseEndpoint::SseEndpoint(EndpointParts parts, std::string posts_path)
    : parts_(std::move(parts)), posts_path_(std::move(posts_path)) {}

void SseEndpoint::serve_stream(HttpExchange& exchange) {
    const HttpRequest& request = exchange.request();
    if (!admit_origin(parts_.guards(), exchange)) return;
    if (is_preflight(request)) return exchange.answer(preflight_response(request));
    // A client that tries newer transports first takes this as its way back to the old one.
    if (request.method != "GET") return answer_method_not_allowed(exchange, "GET, OPTIONS");
    const auto caller = admit_credentials(parts_.guards(), exchange);
    if (!caller) return;
    if (!accepted_media(request.fields).events) {
        return answer_error(exchange, 406, "Not acceptable: this is a text/event-stream");
    }
    const StreamSlots::Slot slot = admit_stream(parts_, *caller, exchange);
    if (!slot) return;
    const std::string id = make_session_id();
    const auto connection =
        std::make_shared<SseConnection>(parts_.longest_message, parts_.memory_of(*caller));
    {
        const std::scoped_lock lock(mutex_);
        if (stopping_) connection->end(Ending::stop_requested);
        open_.emplace(id, Open{caller->owner(), connection});
    }
    // Also when no thread can be had, or no memory.
    const AtEnd forget([&] {
        const std::scoped_lock lock(mutex_);
        open_.erase(id);
    });
    run(exchange, *caller, *connection, id);
}

void SseEndpoint::run(HttpExchange& exchange, const Caller& caller, SseConnection& connection,
                      const std::string& id) {
    connection.outbox().push(
        sse_event(posts_path_ + "?" + std::string(id_parameter) + id, {}, "endpoint"));
    const std::jthread talker([&] {
        Conversation conversation(parts_.dispatcher, parts_.changes, connection,
                                  {.workers = {.threads = workers_of_one},
                                   .memory = parts_.memory_of(caller),
                                   .clock = parts_.clock,
                                   .log = parts_.log,
                                   .caller = caller.principal});
        [[maybe_unused]] const bool settled = conversation.run();
        connection.outbox().end();
    });
    // Goes before the thread, which would wait for more.
    const AtEnd end([&] { connection.end(Ending::peer_gone); });
    send_listening_stream(parts_, exchange, caller, connection.outbox());
}

std::shared_ptr<SseConnection> SseEndpoint::find(std::string_view id, std::string_view owner) {
    const std::scoped_lock lock(mutex_);
    const auto found = open_.find(id);
    return found == open_.end() || found->second.owner != owner ? nullptr
                                                                : found->second.connection;
}

void SseEndpoint::serve_post(HttpExchange& exchange) {
    const HttpRequest& request = exchange.request();
    if (!admit_origin(parts_.guards(), exchange)) return;
    if (is_preflight(request)) return exchange.answer(preflight_response(request));
    if (request.method != "POST") return answer_method_not_allowed(exchange, "POST, OPTIONS");
    const auto caller = admit_credentials(parts_.guards(), exchange);
    if (!caller) return;
    if (!has_json_body(request.fields)) {
        return answer_error(exchange, 415, "Content-Type must be application/json");
    }
    const auto connection = find(session_of_query(request.query), caller->owner());
    if (!connection) {
        return answer_error(exchange, 404, "Session not found: open the stream again");
    }
    if (!exchange.read_body(parts_.longest_message)) return;
    // Read twice only where it matters who calls.
    if (caller->principal && !admit_scope(parts_, *caller, read_message(request.body), exchange)) {
        return;
    }
    if (!connection->give(request.body)) {
        return answer_busy(exchange, "Too many messages wait in this session");
    }
    HttpResponse accepted;
    accepted.status = 202;
    answer_with_cors(exchange, std::move(accepted));
}

void SseEndpoint::end_streams() {
    const std::scoped_lock lock(mutex_);
    stopping_ = true;
    for (auto& [id, open] : open_) open.connection->end(Ending::stop_requested);
}

}  // namespace bm
