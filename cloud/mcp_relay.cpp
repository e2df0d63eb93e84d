#include "cloud/mcp_relay.hpp"

#include <algorithm>
#include <utility>

#include "cloud/json_members.hpp"
#include "cloud/mcp_relay_message.hpp"

namespace bm {

namespace {

using Json = nlohmann::json;
using std::chrono::milliseconds;

constexpr int kInternalError = -32603;

}  // namespace

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
    if (!parsed.is_discarded()) parts_.write(json_line(parsed));
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
    parts_.write(json_line(answer));
}

void McpRelay::take(std::string line) {
    reap();
    Message message = Message::read(std::move(line));
    if (parts_.binding && !is_own(message)) {
        const ProjectBinding::Bound bound = parts_.binding->bound(message.text);
        if (!bound.answer.empty()) return answer_bound(message, bound.answer);
        message = Message::read(bound.text);
    }
    if (message.method == "initialize" && !message.is_modern()) return initialize(message);
    if (!message.cancelled.empty()) cancel(message.cancelled);
    if (waits_for_session(message)) return;
    if (message.wants_answer()) return start(message);
    carry(message, {});
}

void McpRelay::answer_bound(const Message& message, const std::string& answer) {
    Json whole = Json::parse(answer, nullptr, false);
    whole["jsonrpc"] = "2.0";
    whole["id"] = message.id.empty() ? Json() : Json::parse(message.id, nullptr, false);
    parts_.write(json_line(whole));
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
        subscribed_.clear();
        log_level_.clear();
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
                             .params = json_line(json_member(asked, "params")),
                             .write = parts_.write,
                             .cancelled = stop};
    Json result = Json::parse(parts_.tools.call(call), nullptr, false);
    // Whoever has called it back waits for no answer.
    if (stop.stop_requested()) return;
    parts_.write(json_line({{"jsonrpc", "2.0"},
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
    return json_line(page);
}

void McpRelay::carry(const Message& message, const std::stop_token& stop) {
    if (is_own(message)) return answer_here(message, stop);
    const std::string session = session_id();
    auto answer = post(message, stop);
    const bool is_forgotten = answer && answer->status == 404 && !session.empty() &&
                              !message.is_modern() && message.method != "initialize";
    if (is_forgotten && begin_anew(session, stop)) answer = post(message, stop);
    if (!answer) {
        if (answer.error().fault == CloudFault::interrupted) return;
        return refuse(message, answer.error());
    }
    if (answer->status == 200) remember(message);
    take_answer(message, *answer);
}

void McpRelay::remember(const Message& message) {
    if (message.is_modern() || message.id.empty()) return;
    const Json asked = Json::parse(message.text, nullptr, false);
    const Json& params = json_member(asked, "params");
    const std::scoped_lock lock(mutex_);
    if (message.method == "resources/subscribe") {
        subscribed_[text_member(params, "uri")] = json_line(params);
    } else if (message.method == "resources/unsubscribe") {
        subscribed_.erase(text_member(params, "uri"));
    } else if (message.method == "logging/setLevel") {
        log_level_ = json_line(params);
    }
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
