#include "repository/background_task.hpp"

namespace bm {

void BackgroundTask::ask() {
    {
        const std::scoped_lock lock(mutex_);
        if (finished_) return;
        wanted_ = true;
        if (!thread_.joinable()) {
            thread_ = std::jthread([this](const std::stop_token& stop) { run(stop); });
        }
    }
    asked_.notify_one();
}

void BackgroundTask::finish() {
    std::jthread thread;
    {
        const std::scoped_lock lock(mutex_);
        finished_ = true;
        thread = std::move(thread_);
    }
    // Its end stops the thread and waits for it.
}

void BackgroundTask::run(const std::stop_token& stop) {
    while (true) {
        {
            std::unique_lock lock(mutex_);
            if (!asked_.wait(lock, stop, [this] { return wanted_; })) return;
            if (stop.stop_requested()) return;
            wanted_ = false;
        }
        work_();
    }
}

}  // namespace bm
