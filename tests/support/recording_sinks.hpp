#pragma once

#include <condition_variable>
#include <mutex>
#include <new>
#include <vector>

#include "server/connection.hpp"
#include "server/in_flight.hpp"

namespace bm::test {

/// Keeps the messages that are sent to it. Thread-safe.
class RecordingSink final : public MessageSink {
public:
    void send(const Json& message) override {
        const std::scoped_lock lock(mutex_);
        messages_.push_back(message);
        changed_.notify_all();
    }

    [[nodiscard]] std::vector<Json> messages() {
        const std::scoped_lock lock(mutex_);
        return messages_;
    }

    /// Blocks until there are so many, and returns them all.
    std::vector<Json> wait_for(std::size_t count) {
        std::unique_lock lock(mutex_);
        changed_.wait(lock, [&] { return messages_.size() >= count; });
        return messages_;
    }

private:
    std::mutex mutex_;
    std::condition_variable changed_;
    std::vector<Json> messages_;
};

/// Cannot put the first messages into bytes and keeps the others. For one thread.
class FailingSink final : public MessageSink {
public:
    explicit FailingSink(int failures) : failures_(failures) {}
    void send(const Json& message) override {
        if (failures_-- > 0) throw std::bad_alloc();
        messages.push_back(message);
    }

    std::vector<Json> messages;

private:
    int failures_;
};

/// Keeps answers. For one thread.
class RecordingAnswers final : public AnswerSink {
public:
    void answer(Json message) override { answers.push_back(std::move(message)); }
    void skip() override { ++skipped; }

    std::vector<Json> answers;
    int skipped = 0;
};

}  // namespace bm::test
