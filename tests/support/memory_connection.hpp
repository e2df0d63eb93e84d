#pragma once

#include <chrono>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <new>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "server/connection.hpp"
#include "tests/support/wire_check.hpp"

namespace bm::test {

/// A connection within the process: the test is the client. Every message of the server goes
/// through a WireCheck.
class MemoryConnection final : public Connection {
public:
    // The client's side.

    void say(std::string bytes) {
        const std::scoped_lock lock(mutex_);
        check_.sent(bytes);
        incoming_.emplace_back(ReceivedMessage{std::move(bytes)});
        changed_.notify_all();
    }
    void say(const Json& message) { say(message.dump()); }
    void say_too_much() { push(ReceivedTooMuch{}); }
    /// The next messages of the server cannot be put into bytes.
    void fail_sends(int count) {
        const std::scoped_lock lock(mutex_);
        failing_sends_ = count;
    }
    void end(Ending ending = Ending::end_of_input) {
        const std::scoped_lock lock(mutex_);
        ending_ = ending;
        changed_.notify_all();
    }

    /// The next message of the server. Throws when none comes for a long time.
    Json next() {
        std::unique_lock lock(mutex_);
        const bool came = changed_.wait_for(lock, std::chrono::seconds(20),
                                            [this] { return !outgoing_.empty(); });
        if (!came) throw std::runtime_error("the server says nothing");
        Json message = std::move(outgoing_.front());
        outgoing_.pop_front();
        return message;
    }
    /// What the server has said and nobody has taken.
    std::vector<Json> rest() {
        const std::scoped_lock lock(mutex_);
        std::vector<Json> taken(outgoing_.begin(), outgoing_.end());
        outgoing_.clear();
        return taken;
    }

    [[nodiscard]] std::vector<std::string> violations() {
        const std::scoped_lock lock(mutex_);
        return check_.violations();
    }

    // The server's side.

    void send(const Json& message) override {
        const std::scoped_lock lock(mutex_);
        if (ending_ == Ending::peer_gone) return;
        if (failing_sends_ > 0) {
            --failing_sends_;
            throw std::bad_alloc();
        }
        // Through text and back, as on a wire.
        const Json copy = Json::parse(message.dump(-1, ' ', false, Json::error_handler_t::replace));
        check_.received(copy);
        outgoing_.push_back(copy);
        changed_.notify_all();
    }
    Received receive() override {
        std::unique_lock lock(mutex_);
        changed_.wait(lock, [this] { return !incoming_.empty() || ending_; });
        if (ending_ && (*ending_ != Ending::end_of_input || incoming_.empty())) return *ending_;
        Received received = std::move(incoming_.front());
        incoming_.pop_front();
        return received;
    }
    bool is_ending() override {
        const std::scoped_lock lock(mutex_);
        return ending_ && *ending_ != Ending::end_of_input;
    }
    std::size_t longest_message() const override { return 1000; }

private:
    void push(Received received) {
        const std::scoped_lock lock(mutex_);
        incoming_.push_back(std::move(received));
        changed_.notify_all();
    }

    std::mutex mutex_;
    std::condition_variable changed_;
    std::deque<Received> incoming_;
    std::deque<Json> outgoing_;
    std::optional<Ending> ending_;
    int failing_sends_ = 0;
    WireCheck check_;
};

}  // namespace bm::test
