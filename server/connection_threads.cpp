#include "server/connection_threads.hpp"

#include <system_error>
#include <thread>
#include <utility>

namespace bm {

ConnectionThreads::~ConnectionThreads() {
    std::unique_lock lock(mutex_);
    closing_ = true;
    offered_.notify_all();
    ended_.wait(lock, [this] { return threads_ == 0; });
}

bool ConnectionThreads::run(std::function<void()> job) {
    const std::scoped_lock lock(mutex_);
    if (closing_ || jobs_ >= limits_.threads) return false;
    offers_.push_back(std::move(job));
    if (idle_ < offers_.size()) {
        try {
            // It counts itself out as its last deed, and the destructor waits for that.
            std::thread([this] { work(); }).detach();
        } catch (const std::system_error&) {
            offers_.pop_back();
            return false;
        }
        ++threads_;
    }
    ++jobs_;
    offered_.notify_one();
    return true;
}

std::size_t ConnectionThreads::job_count() const {
    const std::scoped_lock lock(mutex_);
    return jobs_;
}

std::size_t ConnectionThreads::thread_count() const {
    const std::scoped_lock lock(mutex_);
    return threads_;
}

bool ConnectionThreads::wait_until_idle(Moment deadline) {
    std::unique_lock lock(mutex_);
    return ended_.wait_until(lock, deadline, [this] { return jobs_ == 0; });
}

void ConnectionThreads::work() {
    std::unique_lock lock(mutex_);
    for (;;) {
        ++idle_;
        const bool offered = offered_.wait_for(lock, limits_.idle_time,
                                               [this] { return !offers_.empty() || closing_; });
        --idle_;
        if (!offered || offers_.empty()) break;
        auto job = std::move(offers_.front());
        offers_.pop_front();
        lock.unlock();
        job();
        job = nullptr;
        lock.lock();
        --jobs_;
        ended_.notify_all();
    }
    --threads_;
    ended_.notify_all();
}

}  // namespace bm
