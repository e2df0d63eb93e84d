#include <algorithm>
#include <utility>

#include "cloud/event_parser.hpp"
#include "cloud/json_members.hpp"
#include "cloud/mcp_relay.hpp"
#include "cloud/mcp_relay_message.hpp"
#include "markdown/text.hpp"
#include "repository/crypto.hpp"

// What goes over the network: messages to the host, what it answers, and its session.

namespace bm {

namespace {

using Json = nlohmann::json;
using std::chrono::milliseconds;

constexpr milliseconds kShortCall{30'000};
constexpr milliseconds kFirstCall{60'000};
constexpr milliseconds kFollowPause{2'000};
constexpr milliseconds kLongestFollowPause{60'000};

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
        // The first message of a session comes before it.
        const bool is_first = message.method == "initialize";
        if (!message.is_modern() && !is_first && !session_id_.empty())
            call.headers.emplace_back("MCP-Session-Id", session_id_);
        const std::string& revision = message.is_modern() ? message.revision : revision_;
        if (!revision.empty() && (message.is_modern() || !is_first))
            call.headers.emplace_back("MCP-Protocol-Version", revision);
    }
    if (message.is_modern()) {
        call.headers.emplace_back("Mcp-Method", message.method);
        if (!message.name.empty())
            call.headers.emplace_back("Mcp-Name", header_value(message.name));
    }
    call.most_bytes = parts_.longest_message;
    // A call may take as long as its tool does; who waits for it can call it back.
    call.timeout = message.wants_answer() && !message.is_ours ? milliseconds(0) : kShortCall;
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
            if (!message.is_ours) write_message(with_own_tools(message, event->data));
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
        return parts_.write(with_own_tools(message, json_line(answered)));
    }
    if (answer.status == 202 ||
        (answer.status >= 200 && answer.status < 300 && !message.wants_answer()))
        return;
    refuse(message, api_failure(answer));
}

CloudResult<HttpAnswer> McpRelay::post_own(std::string text, const std::stop_token& stop) {
    Message message = Message::read(std::move(text));
    message.is_ours = true;
    return post(message, stop);
}

bool McpRelay::begin_anew(const std::string& gone_session, const std::stop_token& stop) {
    const std::scoped_lock one_at_a_time(anew_mutex_);
    std::string first;
    {
        const std::scoped_lock lock(mutex_);
        // Another thread was here before us.
        if (session_id_ != gone_session) return true;
        first = first_message_;
    }
    if (first.empty()) return false;
    const auto answer = post_own(first, stop);
    if (!answer || answer->status != 200) return false;
    const Json opened = Json::parse(answer->body, nullptr, false);
    {
        const std::scoped_lock lock(mutex_);
        session_id_ = answer->header("mcp-session-id").value_or("");
        const std::string revision = text_member(json_member(opened, "result"), "protocolVersion");
        if (!revision.empty()) revision_ = revision;
    }
    const auto told = post_own(R"({"jsonrpc":"2.0","method":"notifications/initialized"})", stop);
    if (told && told->status < 300 && tell_again(stop)) return true;
    // Begun by half it would never hear what the old one was told: the next request tries again.
    const std::scoped_lock lock(mutex_);
    session_id_ = gone_session;
    return false;
}

bool McpRelay::tell_again(const std::stop_token& stop) {
    std::vector<std::pair<const char*, std::string>> said;
    {
        const std::scoped_lock lock(mutex_);
        if (!log_level_.empty()) said.emplace_back("logging/setLevel", log_level_);
        for (const auto& [uri, params] : subscribed_)
            said.emplace_back("resources/subscribe", params);
    }
    for (std::size_t i = 0; i < said.size(); ++i) {
        const auto& [method, params] = said[i];
        const auto told = post_own(json_line({{"jsonrpc", "2.0"},
                                              {"id", "bm-again-" + std::to_string(i + 1)},
                                              {"method", method},
                                              {"params", Json::parse(params, nullptr, false)}}),
                                   stop);
        // What the new session does not take is not there any more, and nobody waits for it.
        if (!told && told.error().fault == CloudFault::network) return false;
    }
    return true;
}

void McpRelay::follow_session() {
    if (follower_.joinable()) return;
    follower_ = std::jthread([this](const std::stop_token& stop) { follow(stop); });
}

void McpRelay::follow(const std::stop_token& stop) {
    Followed followed;
    milliseconds pause = kFollowPause;
    std::mutex waiting;
    std::condition_variable_any stopped;
    while (!stop.stop_requested()) {
        const bool was_there = follow_once(followed, stop);
        pause = was_there ? kFollowPause : std::min(pause * 2, kLongestFollowPause);
        std::unique_lock lock(waiting);
        stopped.wait_for(lock, stop, pause, [] { return false; });
    }
}

bool McpRelay::follow_once(Followed& followed, const std::stop_token& stop) {
    const auto token = parts_.session.bearer();
    const std::string session = session_id();
    if (!token || session.empty()) return false;
    // Events have their numbers within a session.
    if (followed.session != session) followed = {session, ""};
    HttpCall call{.url = parts_.endpoint, .timeout = milliseconds(0), .stop = stop};
    call.headers = {{"Accept", "text/event-stream"},
                    {"Authorization", "Bearer " + *token},
                    {"MCP-Session-Id", session}};
    if (!followed.last_id.empty()) call.headers.emplace_back("Last-Event-ID", followed.last_id);
    EventParser events(parts_.longest_message);
    bool is_stream = false;
    int status = 0;
    call.on_head = [&](const HttpAnswer& head) {
        status = head.status;
        is_stream = head.status == 200 && is_events(head);
        return is_stream;
    };
    call.on_piece = [&](std::string_view piece) {
        events.feed(piece);
        while (auto event = events.next()) {
            if (!event->id.empty()) followed.last_id = event->id;
            if (!event->data.empty()) write_message(event->data);
        }
        return !events.is_overrun();
    };
    static_cast<void>(parts_.http.send(call));
    // Who only listens sends nothing by which the host's restart would be noticed.
    return is_stream || (status == 404 && begin_anew(session, stop));
}

}  // namespace bm
