#include "server/answer_sinks.hpp"

#include <exception>
#include <utility>

namespace bm {
namespace {

/// Takes the place of an answer, and its memory. Of each, in the answers to a batch.
void make_unsendable(Json& answer) {
    if (answer.is_array()) {
        for (Json& part : answer) make_unsendable(part);
        return;
    }
    Json id = answer.value("id", Json());
    answer = Json::object();
    answer["jsonrpc"] = "2.0";
    if (!id.is_null()) answer["id"] = std::move(id);
    answer["error"] = {{"code", error_code::internal},
                       {"message", "Internal error: the answer could not be sent"}};
}

}  // namespace

void DirectAnswers::answer(Json message) {
    try {
        return sink_.send(message);
    } catch (const std::exception&) {
        make_unsendable(message);
    }
    sink_.send(message);
}

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
    if (--open_ > 0) return;
    Json all = std::move(answers_);
    lock.unlock();
    if (all.empty()) return whole_->skip();
    whole_->answer(std::move(all));
}

}  // namespace bm
