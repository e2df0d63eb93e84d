#include "server/answer_sinks.hpp"

#include <utility>

namespace bm {

void BatchAnswers::answer(Json message) {
    std::unique_lock lock(mutex_);
    answers_.push_back(std::move(message));
    settle_one(lock);
}

void BatchAnswers::skip() {
    std::unique_lock lock(mutex_);
    settle_one(lock);
}

void BatchAnswers::settle_one(std::unique_lock<std::mutex>& lock) {
    if (--open_ > 0 || answers_.empty()) return;
    const Json all = std::move(answers_);
    lock.unlock();
    sink_.send(all);
}

}  // namespace bm
