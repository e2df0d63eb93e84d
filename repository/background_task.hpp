#pragma once

#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>

namespace bm {

/// Runs one piece of work on a thread of its own whenever somebody asks, at most once at a time:
/// requests that come while it runs are one more run. The thread is made at the first request and
/// sleeps in between. Thread-safe.
class BackgroundTask {
public:
    explicit BackgroundTask(std::function<void()> work) : work_(std::move(work)) {}
    ~BackgroundTask() { finish(); }
    BackgroundTask(const BackgroundTask&) = delete;
    BackgroundTask& operator=(const BackgroundTask&) = delete;

    void ask();
    /// Waits for work that runs; what was asked for and has not begun is dropped, as are later
    /// requests. The owner calls this before what `work` uses goes away.
    void finish();

private:
    void run(const std::stop_token& stop);

    std::function<void()> work_;
    std::mutex mutex_;
    std::condition_variable_any asked_;
    bool wanted_ = false;
    bool finished_ = false;
    std::jthread thread_;
};

}  // namespace bm
