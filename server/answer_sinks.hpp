#pragma once

#include <cstddef>
#include <mutex>

#include "server/connection.hpp"
#include "server/in_flight.hpp"

namespace bm {

/// Answers as they come, each a message of its own. One that cannot be put into bytes is replaced
/// by an internal error.
class DirectAnswers final : public AnswerSink {
public:
    explicit DirectAnswers(MessageSink& sink) : sink_(sink) {}
    void answer(Json message) override;
    void skip() override {}

private:
    MessageSink& sink_;
};

/// The answers to one batch: sent as one message when the last of them has come; each becomes an
/// internal error when that message cannot be put into bytes. Thread-safe.
class BatchAnswers final : public AnswerSink {
public:
    BatchAnswers(MessageSink& sink, std::size_t expected) : sink_(sink), open_(expected) {}
    void answer(Json message) override;
    void skip() override;

private:
    void settle_one(std::unique_lock<std::mutex>& lock);

    MessageSink& sink_;
    std::mutex mutex_;
    std::size_t open_;
    Json answers_ = Json::array();
};

}  // namespace bm
