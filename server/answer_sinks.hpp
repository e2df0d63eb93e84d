#pragma once

#include <cstddef>
#include <memory>
#include <mutex>
#include <utility>

#include "server/connection.hpp"
#include "server/in_flight.hpp"

namespace bm {

/// Answers as they come, each a message of its own. One that cannot be put into bytes is replaced
/// by an internal error, and each part of the answers to a batch by one of its own.
class DirectAnswers final : public AnswerSink {
public:
    explicit DirectAnswers(MessageSink& sink) : sink_(sink) {}
    void answer(Json message) override;
    void skip() override {}

private:
    MessageSink& sink_;
};

/// The answers to one batch: given on as one, an array, when the last of them has come. When none
/// has come, there is no answer to the batch either. Thread-safe.
class BatchAnswers final : public AnswerSink {
public:
    BatchAnswers(std::shared_ptr<AnswerSink> whole, std::size_t expected)
        : whole_(std::move(whole)), open_(expected) {}
    void answer(Json message) override;
    void skip() override;

private:
    void settle_one(std::unique_lock<std::mutex>& lock);

    std::shared_ptr<AnswerSink> whole_;
    std::mutex mutex_;
    std::size_t open_;
    Json answers_ = Json::array();
};

}  // namespace bm
