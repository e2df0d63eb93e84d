#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <list>
#include <memory>
#include <mutex>
#include <stop_token>
#include <thread>
#include <vector>

#include "server/rate_limit.hpp"
#include "server/severity.hpp"

namespace bm {

/// A piece of work that a thread of a pool does once.
class Task {
public:
    Task() = default;
    Task(const Task&) = delete;
    Task& operator=(const Task&) = delete;
    virtual ~Task() = default;
    virtual void run() = 0;
    /// Whether it works from its start to its end. The others mostly wait: for a disk, a lock or a
    /// client.
    [[nodiscard]] virtual bool computes() const noexcept { return false; }
};

/// A few threads that work through a bounded queue in order. A thread is started only when a task
/// finds no idle one, so who asks for one thing at a time gets one thread. Thread-safe.
class WorkerPool {
public:
    struct Limits {
        std::size_t threads = 8;
        /// How many tasks that compute run at a time, while those that wait use all threads. More
        /// than the machine has cores for would only push each other out of them. 0: no limit.
        std::size_t computing = 0;
        /// One that takes longer waits for something after all, and holds up nobody.
        std::chrono::milliseconds longest_turn{100};
        std::size_t queued_tasks = 1024;
        /// Of the messages that wait. One that is larger still finds an empty queue.
        std::size_t queued_bytes = 64 * std::size_t{1024} * 1024;
    };

    WorkerPool(Limits limits, ServerLog log) : limits_(limits), log_(std::move(log)) {}
    WorkerPool(const WorkerPool&) = delete;
    WorkerPool& operator=(const WorkerPool&) = delete;
    /// Drops what waits, and blocks until what runs has ended.
    ~WorkerPool();

    /// Queues the task, waiting for room until `deadline`. Leaves `task` where it is when there was
    /// none. A pool of no threads runs it at once, on the caller's.
    [[nodiscard]] bool submit(std::unique_ptr<Task>& task, std::size_t bytes, Moment deadline);

    /// Drops what waits without running it.
    void drop_queued();

    /// Waits until nothing waits and nothing runs, or until `deadline`. True when that came to be.
    [[nodiscard]] bool wait_until_idle(Moment deadline);

    [[nodiscard]] std::size_t thread_count() const;

private:
    struct Queued {
        std::unique_ptr<Task> task;
        std::size_t bytes = 0;
        std::uint64_t number = 0;
    };
    using Queue = std::deque<Queued>;

    [[nodiscard]] std::size_t queued_count() const { return computing_.size() + waiting_.size(); }
    [[nodiscard]] bool has_room(std::size_t bytes) const;
    [[nodiscard]] std::size_t free_turns() const;
    [[nodiscard]] std::size_t runnable_count() const;
    [[nodiscard]] bool wait_for_task(std::unique_lock<std::mutex>& lock,
                                     const std::stop_token& stop);
    [[nodiscard]] Moment end_of_oldest_turn() const;
    [[nodiscard]] Queued take_next();
    void enqueue(std::unique_ptr<Task> task, std::size_t bytes);
    [[nodiscard]] bool lacks_watch() const;
    void start_thread_if_needed();
    void work(const std::stop_token& stop);
    void run_guarded(Task& task);

    Limits limits_;
    ServerLog log_;
    mutable std::mutex mutex_;
    std::condition_variable_any queued_;  // something waits
    std::condition_variable taken_;       // there may be room, or all may be done
    Queue computing_;                     // the two kinds of tasks that wait
    Queue waiting_;
    std::uint64_t last_number_ = 0;
    std::size_t queued_bytes_ = 0;
    std::list<Moment> turns_;  // when those that compute began, the first in front
    bool is_watched_ = false;  // by an idle thread: whether a turn lasts too long
    std::size_t idle_ = 0;     // threads without a task
    std::size_t running_ = 0;
    std::vector<std::jthread> threads_;
};

}  // namespace bm
