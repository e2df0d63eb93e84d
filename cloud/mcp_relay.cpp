#include "cloud/mcp_relay.hpp"

#include <algorithm>
#include <utility>

#include "cloud/event_parser.hpp"
#include "cloud/json_members.hpp"
#include "markdown/text.hpp"
#include "repository/crypto.hpp"

namespace bm {

namespace {

using Json = nlohmann::json;
using std::chrono::milliseconds;

constexpr const char* kRevisionKey = "io.modelcontextprotocol/protocolVersion";
constexpr int kInternalError = -32603;
constexpr milliseconds kShortCall{30'000};
constexpr milliseconds kFirstCall{60'000};
constexpr milliseconds kFollowPause{2'000};
constexpr milliseconds kLongestFollowPause{60'000};

std::string one_line(const Json& json) {
    return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

/// Which member of the parameters proxies are told, by method.
const char* name_source(std::string_view method) {
    if (method == "tools/call" || method == "prompts/get") return "name";
    if (method == "resources/read") return "uri";
    if (method.starts_with("tasks/") && method != "tasks/list") return "taskId";
    return nullptr;
}

std::string base64_text(std::string_view bytes) {
    std::string text = base64url(bytes);
    std::replace(text.begin(), text.end(), '-', '+');
    std::replace(text.begin(), text.end(), '_', '/');
    text.append((4 - text.size() % 4) % 4, '=');
    return text;
}

/// Visible ASCII stands for itself; other text is encoded.
std::string header_value(const std::string& text) {
    const bool is_plain = !text.empty() && !text.starts_with("=?base64?") &&
                          std::all_of(text.begin(), text.end(),
                                      [](char byte) { return byte > ' ' && byte < '\x7f'; });
    return is_plain ? text : "=?base64?" + base64_text(text) + "?=";
}

bool is_events(const HttpAnswer& answer) {
    return to_lower(answer.header("content-type").value_or("")).starts_with("text/event-stream");
}

}  // namespace

/// One line of the client, and what of it the way depends on.
struct McpRelay::Message {
    std::string text;
    std::string method;
    std::string id;         ///< JSON; empty for what wants no answer
    std::string revision;   ///< that a modern request names
    std::string name;       ///< for Mcp-Name
    std::string cancelled;  ///< the request that a notification of the client calls back
    bool is_batch = false;

    static Message read(std::string line) {
        Message message;
        message.text = std::move(line);
        const Json json = Json::parse(message.text, nullptr, false);
        message.is_batch = json.is_array();
        if (!json.is_object()) return message;
        message.method = text_member(json, "method");
        if (message.method.empty()) return message;
        if (const Json& id = json_member(json, "id"); !id.is_null()) message.id = one_line(id);
        const Json& params = json_member(json, "params");
        message.revision = text_member(json_member(params, "_meta"), kRevisionKey);
        if (const char* source = name_source(message.method))
            message.name = text_member(params, source);
        if (message.method == "notifications/cancelled") {
            if (const Json& id = json_member(params, "requestId"); !id.is_null())
                message.cancelled = one_line(id);
        }
        return message;
    }
    [[nodiscard]] bool is_modern() const { return !revision.empty(); }
    [[nodiscard]] bool wants_answer() const { return !id.empty() || is_batch; }
    /// Of a batch the first answer counts for all.
    [[nodiscard]] bool is_answered_by(std::string_view event) const {
        const Json answer = Json::parse(event, nullptr, false);
        if (is_batch && answer.is_array()) return true;
        if (!answer.is_object() || answer.contains("method")) return false;
        return is_batch || one_line(json_member(answer, "id")) == id ||
               (json_member(answer, "id").is_null() && answer.contains("error"));
    }
};

McpRelay::McpRelay(Parts parts) : parts_(std::move(parts)) {}

McpRelay::~McpRelay() { finish(milliseconds(0)); }

std::string McpRelay::session_id() const {
    const std::scoped_lock lock(mutex_);
    return session_id_;
}

void McpRelay::write_message(std::string_view json) {
    if (json.find('\n') == std::string_view::npos && json.find('\r') == std::string_view::npos)
        return parts_.write(json);
    // A message is one line: blanks between its members mean nothing.
    const Json parsed = Json::parse(json, nullptr, false);
    if (!parsed.is_discarded()) parts_.write(one_line(parsed));
}

void McpRelay::refuse(const Message& message, const CloudFailure& failure) {
    if (parts_.log) parts_.log(LogLevel::warning, "cloud: " + failure.message);
    if (message.id.empty()) return;
    const std::string sentence = failure.message + (failure.hint.empty() ? "" : ' ' + failure.hint);
    Json answer = {{"jsonrpc", "2.0"}, {"id", Json::parse(message.id, nullptr, false)}};
    if (message.method == "tools/call" && !message.is_modern()) {
        // What a tool says is read by the model, which can tell its user.
        answer["result"] = {{"content", Json::array({{{"type", "text"}, {"text", sentence}}})},
                            {"isError", true}};
    } else {
        answer["error"] = {{"code", kInternalError}, {"message", sentence}};
    }
    parts_.write(one_line(answer));
}

void McpRelay::take(std::string line) {
    reap();
    const Message message = Message::read(std::move(line));
    if (message.method == "initialize" && !message.is_modern()) return initialize(message);
    if (!message.cancelled.empty()) cancel(message.cancelled);
    if (waits_for_session(message)) return;
    if (message.wants_answer()) return start(message);
    carry(message, {});
}

bool McpRelay::waits_for_session(const Message& message) {
    const std::scoped_lock lock(mutex_);
    if (is_initializing_) waiting_.push_back(message.text);
    return is_initializing_;
}

void McpRelay::initialize(const Message& message) {
    {
        const std::scoped_lock lock(mutex_);
        session_id_.clear();
        revision_.clear();
        first_message_ = message.text;
        is_initializing_ = true;
    }
    // Not on the thread that reads: a host that says nothing must not make us deaf.
    start(message);
}

void McpRelay::start(const Message& message) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] {
        return static_cast<std::size_t>(std::count_if(
                   carried_.begin(), carried_.end(),
                   [](const Carried& one) { return !one.is_done; })) < parts_.most_requests;
    });
    Carried& carried = carried_.emplace_back();
    carried.id = message.id;
    carried.is_answered_here = is_own(message);
    carried.thread = std::jthread([this, message, &carried, stop = carried.stop.get_token()] {
        carry(message, stop);
        if (message.method == "initialize" && !message.is_modern()) carry_waiting(stop);
        const std::scoped_lock ending(mutex_);
        carried.is_done = true;
        changed_.notify_all();
    });
    const bool follows = message.method == "resources/subscribe" && !message.is_modern();
    lock.unlock();
    if (follows) follow_session();
}

void McpRelay::carry_waiting(const std::stop_token& stop) {
    while (true) {
        std::string text;
        {
            const std::scoped_lock lock(mutex_);
            if (waiting_.empty() || stop.stop_requested()) {
                waiting_.clear();
                is_initializing_ = false;
                return;
            }
            text = std::move(waiting_.front());
            waiting_.pop_front();
        }
        const Message message = Message::read(std::move(text));
        if (message.wants_answer()) {
            start(message);
        } else {
            carry(message, stop);
        }
    }
}

void McpRelay::reap() {
    std::list<Carried> done;
    const std::scoped_lock lock(mutex_);
    for (auto one = carried_.begin(); one != carried_.end();) {
        const auto next = std::next(one);
        if (one->is_done) done.splice(done.end(), carried_, one);
        one = next;
    }
}

void McpRelay::cancel(const std::string& id) {
    const std::scoped_lock lock(mutex_);
    // Where there is no session a request is called back by hanging up.
    for (Carried& one : carried_) {
        if (one.id == id && (one.is_answered_here || session_id_.empty())) one.stop.request_stop();
    }
}

bool McpRelay::is_own(const Message& message) const {
    const auto& names = parts_.tools.names;
    return message.method == "tools/call" && !message.id.empty() &&
           std::find(names.begin(), names.end(), message.name) != names.end();
}

std::string McpRelay::revision_of(const Message& message) const {
    if (message.is_modern()) return message.revision;
    const std::scoped_lock lock(mutex_);
    return revision_;
}

void McpRelay::answer_here(const Message& message, const std::stop_token& stop) {
    const Json asked = Json::parse(message.text, nullptr, false);
    const std::string revision = revision_of(message);
    const RelayToolCall call{.revision = revision,
                             .params = one_line(json_member(asked, "params")),
                             .write = parts_.write,
                             .cancelled = stop};
    Json result = Json::parse(parts_.tools.call(call), nullptr, false);
    // Whoever has called it back waits for no answer.
    if (stop.stop_requested()) return;
    parts_.write(one_line({{"jsonrpc", "2.0"},
                           {"id", Json::parse(message.id, nullptr, false)},
                           {"result", std::move(result)}}));
}

std::string McpRelay::with_own_tools(const Message& message, std::string answer) const {
    if (message.method != "tools/list" || parts_.tools.names.empty()) return answer;
    Json page = Json::parse(answer, nullptr, false);
    const Json& result = json_member(page, "result");
    const bool is_last_page =
        json_member(result, "tools").is_array() && json_member(result, "nextCursor").is_null();
    if (!is_last_page) return answer;
    Json& tools = page["result"]["tools"];
    for (Json& own : Json::parse(parts_.tools.declarations(revision_of(message)), nullptr, false))
        tools.push_back(std::move(own));
    return one_line(page);
}

void McpRelay::carry(const Message& message, const std::stop_token& stop) {
    if (is_own(message)) return answer_here(message, stop);
    const std::string session = session_id();
    auto answer = post(message, stop);
    const bool is_forgotten = answer && answer->status == 404 && !session.empty() &&
                              !message.is_modern() && message.method != "initialize";
    if (is_forgotten && begin_anew(session)) answer = post(message, stop);
    if (!answer) {
        if (answer.error().fault == CloudFault::interrupted) return;
        return refuse(message, answer.error());
    }
    take_answer(message, *answer);
}

CloudResult<HttpAnswer> McpRelay::post(const Message& message, const std::stop_token& stop) {
    auto token = parts_.session.bearer();
    if (!token) return tl::unexpected(token.error());
    auto answer = post_once(message, *token, stop);
    if (!answer || answer->status != 401) return answer;
    token = parts_.session.renewed_bearer(*token);
    if (!token) return tl::unexpected(token.error());
    answer = post_once(message, *token, stop);
    if (answer && answer->status == 401) return tl::unexpected(not_authenticated());
    return answer;
}

CloudResult<HttpAnswer> McpRelay::post_once(const Message& message, const std::string& token,
                                            const std::stop_token& stop) {
    HttpCall call{.method = "POST", .url = parts_.endpoint, .body = message.text};
    call.headers = {{"Content-Type", "application/json"},
                    {"Accept", "application/json, text/event-stream"},
                    {"Authorization", "Bearer " + token}};
    {
        const std::scoped_lock lock(mutex_);
        if (!message.is_modern() && !session_id_.empty())
            call.headers.emplace_back("MCP-Session-Id", session_id_);
        const std::string& revision = message.is_modern() ? message.revision : revision_;
        if (!revision.empty()) call.headers.emplace_back("MCP-Protocol-Version", revision);
    }
    if (message.is_modern()) {
        call.headers.emplace_back("Mcp-Method", message.method);
        if (!message.name.empty())
            call.headers.emplace_back("Mcp-Name", header_value(message.name));
    }
    call.most_bytes = parts_.longest_message;
    // A call may take as long as its tool does; who waits for it can call it back.
    call.timeout = message.wants_answer() ? milliseconds(0) : kShortCall;
    // Nothing is done for the first message: one that is not answered soon is not answered at all.
    if (message.method == "initialize") call.timeout = kFirstCall;
    call.stop = stop;
    bool has_events = false;
    bool is_answered = false;
    EventParser events(parts_.longest_message);
    std::string body;
    call.on_head = [&](const HttpAnswer& head) {
        has_events = head.status == 200 && is_events(head);
        return true;
    };
    call.on_piece = [&](std::string_view piece) {
        if (!has_events) {
            body += piece;
            return body.size() <= parts_.longest_message;
        }
        events.feed(piece);
        while (auto event = events.next()) {
            // The first event of a stream only has an id to come back with.
            if (event->data.empty()) continue;
            if (message.method == "initialize") body = event->data;
            is_answered = is_answered || message.is_answered_by(event->data);
            write_message(with_own_tools(message, event->data));
        }
        return !events.is_overrun();
    };
    auto answer = parts_.http.send(call);
    if (answer) answer->body = std::move(body);
    const bool has_ended = answer.has_value() || answer.error().fault == CloudFault::network;
    if (has_events && has_ended && message.wants_answer() && !is_answered)
        return cloud_fail(CloudFault::network,
                          "The connection to the host broke before it answered.");
    return answer;
}

void McpRelay::take_answer(const Message& message, const HttpAnswer& answer) {
    if (message.method == "initialize" && answer.status == 200) {
        const Json body = Json::parse(answer.body, nullptr, false);
        const std::scoped_lock lock(mutex_);
        session_id_ = answer.header("mcp-session-id").value_or("");
        revision_ = text_member(json_member(body, "result"), "protocolVersion");
    }
    if (is_events(answer) && answer.status == 200) return;
    // Errors of the protocol come as messages too; everything else is for us to put into words.
    const Json body = Json::parse(answer.body, nullptr, false);
    const bool is_message = body.is_array() || text_member(body, "jsonrpc") == "2.0";
    if (is_message && message.wants_answer()) {
        Json answered = body;
        // A refusal before the request was read does not know whom it answers.
        if (answered.is_object() && answered.contains("error") &&
            json_member(answered, "id").is_null() && !message.id.empty())
            answered["id"] = Json::parse(message.id, nullptr, false);
        return parts_.write(with_own_tools(message, one_line(answered)));
    }
    if (answer.status == 202 ||
        (answer.status >= 200 && answer.status < 300 && !message.wants_answer()))
        return;
    refuse(message, api_failure(answer));
}

bool McpRelay::begin_anew(const std::string& gone_session) {
    const std::scoped_lock one_at_a_time(anew_mutex_);
    Message first;
    {
        const std::scoped_lock lock(mutex_);
        // Another thread was here before us.
        if (session_id_ != gone_session) return true;
        if (first_message_.empty()) return false;
        session_id_.clear();
        first = Message::read(first_message_);
    }
    const auto answer = post(first, {});
    if (!answer || answer->status != 200) return false;
    {
        const std::scoped_lock lock(mutex_);
        session_id_ = answer->header("mcp-session-id").value_or("");
    }
    const auto told =
        post(Message::read(R"({"jsonrpc":"2.0","method":"notifications/initialized"})"), {});
    return told && told->status < 300;
}

void McpRelay::follow_session() {
    if (follower_.joinable()) return;
    follower_ = std::jthread([this](const std::stop_token& stop) { follow(stop); });
}

void McpRelay::follow(const std::stop_token& stop) {
    std::string last_id;
    milliseconds pause = kFollowPause;
    std::mutex waiting;
    std::condition_variable_any stopped;
    while (!stop.stop_requested()) {
        const bool was_there = follow_once(last_id, stop);
        pause = was_there ? kFollowPause : std::min(pause * 2, kLongestFollowPause);
        std::unique_lock lock(waiting);
        stopped.wait_for(lock, stop, pause, [] { return false; });
    }
}

bool McpRelay::follow_once(std::string& last_id, const std::stop_token& stop) {
    const auto token = parts_.session.bearer();
    const std::string session = session_id();
    if (!token || session.empty()) return false;
    HttpCall call{.url = parts_.endpoint, .timeout = milliseconds(0), .stop = stop};
    call.headers = {{"Accept", "text/event-stream"},
                    {"Authorization", "Bearer " + *token},
                    {"MCP-Session-Id", session}};
    if (!last_id.empty()) call.headers.emplace_back("Last-Event-ID", last_id);
    EventParser events(parts_.longest_message);
    bool is_stream = false;
    call.on_head = [&](const HttpAnswer& head) {
        is_stream = head.status == 200 && is_events(head);
        return is_stream;
    };
    call.on_piece = [&](std::string_view piece) {
        events.feed(piece);
        while (auto event = events.next()) {
            last_id = event->id;
            if (!event->data.empty()) write_message(event->data);
        }
        return !events.is_overrun();
    };
    static_cast<void>(parts_.http.send(call));
    return is_stream;
}

void McpRelay::finish(milliseconds patience) {
    {
        std::unique_lock lock(mutex_);
        changed_.wait_for(lock, patience, [this] {
            return std::all_of(carried_.begin(), carried_.end(),
                               [](const Carried& one) { return one.is_done; });
        });
        for (Carried& one : carried_) one.stop.request_stop();
    }
    follower_ = {};
    while (true) {
        std::list<Carried> rest;
        {
            const std::scoped_lock lock(mutex_);
            rest.swap(carried_);
        }
        // Also those that were begun after all had been told.
        for (Carried& one : rest) one.stop.request_stop();
        // The first message may have started others until it was told to stop.
        if (rest.empty()) break;
    }
    const std::string session = session_id();
    if (session.empty()) return;
    if (const auto token = parts_.session.bearer()) {
        // Whether the host hears of it or not: it forgets sessions by itself.
        static_cast<void>(parts_.http.send(
            {.method = "DELETE",
             .url = parts_.endpoint,
             .headers = {{"Authorization", "Bearer " + *token}, {"MCP-Session-Id", session}},
             .timeout = milliseconds(1'000)}));
    }
    const std::scoped_lock lock(mutex_);
    session_id_.clear();
}

}  // namespace bm
