#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>

#include "server/rate_limit.hpp"

namespace bm {

/// Threads that live as long as connections do: each job has one of its own from its start to its
/// end, so no job waits for another. A thread that ends a job waits a while for the next and then
/// goes. Thread-safe.
class ConnectionThreads {
public:
    struct Limits {
        std::size_t threads = 1000;
        std::chrono::milliseconds idle_time{10'000};
    };

    explicit ConnectionThreads(Limits limits) : limits_(limits) {}
    ConnectionThreads(const ConnectionThreads&) = delete;
    ConnectionThreads& operator=(const ConnectionThreads&) = delete;
    /// Waits for the jobs.
    ~ConnectionThreads();

    /// False when all threads are taken, or the system gives no more: the job is not run. A job
    /// throws nothing.
    [[nodiscard]] bool run(std::function<void()> job);

    /// Jobs that run or are about to.
    [[nodiscard]] std::size_t job_count() const;
    [[nodiscard]] std::size_t thread_count() const;
    /// True when no job is left before `deadline`.
    [[nodiscard]] bool wait_until_idle(Moment deadline);

private:
    void work();

    Limits limits_;
    mutable std::mutex mutex_;
    std::condition_variable offered_;
    std::condition_variable ended_;
    std::deque<std::function<void()>> offers_;
    std::size_t idle_ = 0;
    std::size_t threads_ = 0;
    std::size_t jobs_ = 0;
    bool closing_ = false;
};

}  // namespace bm
