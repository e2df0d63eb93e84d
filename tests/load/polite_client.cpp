#include "tests/load/polite_client.hpp"

namespace bm::load {

namespace {

constexpr std::string_view polite_initialize =
    R"({"jsonrpc":"2.0","id":0,"method":"initialize","params":{"protocolVersion":"2025-11-25",)"
    R"("capabilities":{},"clientInfo":{"name":"polite","version":"1"}}})";
constexpr std::chrono::seconds patience{30};
constexpr std::chrono::milliseconds pause_after_failure{100};

}  // namespace

const std::string* Work::next() {
    if (is_stopped_ || calls_.empty() || (once_ && at_ == calls_.size())) return nullptr;
    return &calls_[at_++ % calls_.size()];
}

void PoliteClient::on_tick(Moment now) {
    if (is_done_ || now < retry_at_) return;
    if (asked_) {
        if (now - *asked_ > patience) fail("no answer in time");
        return;
    }
    go_on();
}

void PoliteClient::go_on() {
    if (!is_open() && !connect(1)) return fail("no connection");
    if (session_.empty()) return post(std::string(polite_initialize));
    const std::string* params = work_.next();
    is_done_ = params == nullptr;
    if (is_done_) return drop();
    post(R"({"jsonrpc":"2.0","id":)" + std::to_string(++id_) + R"(,"method":")" + work_.method +
         R"(","params":)" + *params + "}");
}

void PoliteClient::post(const std::string& body) {
    std::string head = "POST /mcp HTTP/1.1\r\n" + host_field() +
                       "Content-Type: application/json\r\n"
                       "Accept: application/json, text/event-stream\r\n";
    if (!session_.empty()) {
        head += "MCP-Session-Id: " + session_ + "\r\nMCP-Protocol-Version: 2025-11-25\r\n";
    }
    head += "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n";
    asked_ = Clock::now();
    write(head + body, 1);
}

void PoliteClient::on_answer(const Answer& answer) {
    const Moment now = Clock::now();
    const bool is_first = session_.empty();
    const std::string wanted = "\"id\":" + std::to_string(is_first ? 0 : id_);
    const bool is_good = answer.status == 200 && answer.body.find(wanted) != std::string::npos &&
                         answer.body.find("\"result\":") != std::string::npos &&
                         answer.body.find("\"isError\":true") == std::string::npos;
    if (!is_good) return fail(answer.head + answer.body.substr(0, 500));
    if (is_first) {
        session_ = answer.field("mcp-session-id");
        if (session_.empty()) return fail("no session");
    } else {
        count("answered");
        work_.took.push_back(std::chrono::duration<double, std::milli>(now - *asked_).count());
    }
    asked_.reset();
    if (!answer.keeps_connection) drop();
    go_on();
}

void PoliteClient::on_closed(bool unanswered) {
    if (unanswered) fail("closed instead of answered");
}

void PoliteClient::fail(const std::string& what) {
    count("failed");
    if (work_.first_failure.empty()) work_.first_failure = what;
    drop();
    asked_.reset();
    retry_at_ = Clock::now() + pause_after_failure;
}

}  // namespace bm::load
