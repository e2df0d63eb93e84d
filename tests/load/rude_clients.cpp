#include "tests/load/rude_clients.hpp"

namespace bm::load {

namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr seconds between_bytes{1};
constexpr milliseconds breath{50};
constexpr std::size_t poured_at_once = 256 * std::size_t{1024};

constexpr std::string_view modern_meta =
    R"("_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28",)"
    R"("io.modelcontextprotocol/clientInfo":{"name":"rude","version":"1"},)"
    R"("io.modelcontextprotocol/clientCapabilities":{}})";
constexpr std::string_view rude_initialize =
    R"({"jsonrpc":"2.0","id":0,"method":"initialize","params":{"protocolVersion":"2025-06-18",)"
    R"("capabilities":{},"clientInfo":{"name":"rude","version":"1"}}})";

std::string modern_body(std::string_view method, std::string_view params) {
    return R"({"jsonrpc":"2.0","id":1,"method":")" + std::string(method) + R"(","params":{)" +
           std::string(params) + (params.empty() ? "" : ",") + std::string(modern_meta) + "}}";
}

std::string modern_fields(std::string_view method, std::string_view name = {}) {
    std::string fields =
        "MCP-Protocol-Version: 2026-07-28\r\nMcp-Method: " + std::string(method) + "\r\n";
    if (!name.empty()) fields += "Mcp-Name: " + std::string(name) + "\r\n";
    return fields;
}

}  // namespace

void RudeClient::on_tick(Moment now) {
    if (now < next_) return;
    if (is_open()) return go_on(now);
    if (connect(host_, receive_buffer_)) {
        begin();
    } else {
        next_ = now + milliseconds(200);
    }
}

std::string RudeClient::post(std::string_view body, std::string_view fields) const {
    return "POST /mcp HTTP/1.1\r\n" + host_field() + "Content-Type: application/json\r\n" +
           "Accept: application/json, text/event-stream\r\n" + std::string(fields) +
           "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + std::string(body);
}

void RudeClient::come_back_after(milliseconds pause) {
    drop();
    next_ = Clock::now() + pause;
}

void StreamHolder::begin() {
    constexpr std::string_view method = "subscriptions/listen";
    write(
        post(modern_body(method,
                         R"("notifications":{"resourceSubscriptions":["memory://written/board"]})"),
             modern_fields(method)),
        1);
}

void StreamHolder::on_stream(const Answer&) { count("streams opened"); }

void StreamHolder::on_event_data(std::string_view) { count("events"); }

void StreamHolder::on_answer(const Answer& answer) {
    count(answer.status == 200 ? "streams lost" : "streams refused");
    come_back_after(seconds(1));
}

void StreamHolder::on_closed(bool) {
    count("streams lost");
    come_back_after(seconds(1));
}

void Lingerer::begin() {
    write(post(modern_body("server/discover", {}), modern_fields("server/discover")), 1);
}

void Lingerer::on_answer(const Answer& answer) {
    count(answer.status == 200 ? "lingered" : "lingerers refused");
}

void Lingerer::on_closed(bool unanswered) {
    if (unanswered) count("lingerers lost");
    come_back_after(seconds(1));
}

void SlowTalker::begin() {
    const std::string whole = post(rude_initialize);
    const std::size_t sent = in_body_ ? whole.size() - rude_initialize.size() + 1 : 1;
    write(whole.substr(0, sent), 1);
    rest_ = whole.substr(sent);
    spoke_ = Clock::now();
}

void SlowTalker::go_on(Moment now) {
    if (now - spoke_ < between_bytes || rest_.empty()) return;
    spoke_ = now;
    write(rest_.substr(0, 1), 0);
    rest_.erase(0, 1);
}

void SlowTalker::on_answer(const Answer& answer) {
    const char* const refused = in_body_ ? "slow bodies refused" : "slow heads refused";
    count(answer.status == 408 ? refused : "slow other");
    come_back_after(breath);
}

void SlowTalker::on_closed(bool) {
    count("slow closed");
    come_back_after(breath);
}

void SlowReader::begin() {
    write(post(modern_body("tools/call", call_.substr(1, call_.size() - 2)),
               modern_fields("tools/call", "read_content")),
          1);
    stop_reading();
}

void SlowReader::go_on(Moment now) {
    if (now - read_ < between_bytes) return;
    read_ = now;
    take_bytes(1);
}

void SlowReader::on_closed(bool) {
    count("slow readers closed");
    come_back_after(breath);
}

void Oversizer::begin() {
    const std::string start = "POST /mcp HTTP/1.1\r\n" + host_field() +
                              "Content-Type: application/json\r\n"
                              "Accept: application/json, text/event-stream\r\n";
    switch (turn_++ % 3) {
        case 0:
            return write(start + "Content-Length: 999999999\r\n\r\n", 1);
        case 1:
            pours_ = true;
            return write(start + "Transfer-Encoding: chunked\r\n\r\n", 1);
        default:
            return write(start + "X-Long: " + std::string(64 * std::size_t{1024}, 'x'), 1);
    }
}

void Oversizer::go_on(Moment) {
    if (!pours_ || has_unsent()) return;
    write("40000\r\n" + std::string(poured_at_once, ' ') + "\r\n", 0);
}

void Oversizer::on_answer(const Answer& answer) {
    const bool known = answer.status == 413 || answer.status == 431;
    count("oversized " + (known ? std::to_string(answer.status) : std::string("other")));
    pours_ = false;
    come_back_after(breath);
}

void Oversizer::on_closed(bool unanswered) {
    if (unanswered) count("oversized closed");
    pours_ = false;
    come_back_after(breath);
}

void HalfCloser::begin() {
    const std::string whole =
        post(modern_body("server/discover", {}), modern_fields("server/discover"));
    if (turn_++ % 2 == 0) {
        write(whole, 1);
    } else {
        write(whole.substr(0, whole.size() / 2), 0);
    }
    shut_writing();
}

void HalfCloser::on_answer(const Answer& answer) {
    count(answer.status == 200 ? "half-closed 200" : "half-closed other");
    come_back_after(breath);
}

void HalfCloser::on_closed(bool) {
    count("half-closed closed");
    come_back_after(breath);
}

void Resetter::begin() {
    write(post(modern_body("server/discover", {}), modern_fields("server/discover")), 1);
}

void Resetter::go_on(Moment) {
    count("resets");
    drop(true);
    come_back_after(breath);
}

void SessionOpener::begin() {
    if (left_ > 0) write(post(rude_initialize), 1);
}

void SessionOpener::on_answer(const Answer& answer) {
    const bool opened = answer.status == 200 && !answer.field("mcp-session-id").empty();
    count(opened ? "sessions" : "sessions refused");
    if (opened) --left_;
    if (!answer.keeps_connection || left_ == 0) return drop();
    begin();
}

}  // namespace bm::load
