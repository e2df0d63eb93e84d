#include "server/worker_pool.hpp"

#include <exception>
#include <string>
#include <system_error>
#include <utility>

namespace bm {

WorkerPool::~WorkerPool() {
    drop_queued();
    std::vector<std::jthread> threads;
    {
        const std::scoped_lock lock(mutex_);
        threads.swap(threads_);
    }
    // All are told before the first is waited for.
    for (std::jthread& thread : threads) thread.request_stop();
}

bool WorkerPool::has_room(std::size_t bytes) const {
    if (queue_.empty()) return true;
    return queue_.size() < limits_.queued_tasks && queued_bytes_ + bytes <= limits_.queued_bytes;
}

bool WorkerPool::submit(std::unique_ptr<Task>& task, std::size_t bytes, Moment deadline) {
    std::unique_ptr<Task> own;
    {
        std::unique_lock lock(mutex_);
        if (!taken_.wait_until(lock, deadline, [&] { return has_room(bytes); })) return false;
        if (idle_ <= queue_.size() && threads_.size() < limits_.threads) start_thread();
        if (threads_.empty()) {
            own = std::move(task);
        } else {
            queue_.push_back({std::move(task), bytes});
            queued_bytes_ += bytes;
        }
    }
    if (own) {
        run_guarded(*own);
    } else {
        queued_.notify_one();
    }
    return true;
}

void WorkerPool::start_thread() {
    try {
        threads_.emplace_back([this](const std::stop_token& stop) { work(stop); });
    } catch (const std::system_error& error) {
        // The system gives no more threads. Fewer are enough, and without any the caller does the
        // work.
        if (log_) log_(Severity::warning, std::string("no further worker: ") + error.what());
    }
}

void WorkerPool::drop_queued() {
    std::deque<Queued> dropped;
    {
        const std::scoped_lock lock(mutex_);
        dropped.swap(queue_);
        queued_bytes_ = 0;
    }
    taken_.notify_all();
    // The tasks end here, outside the lock: they may have last words.
}

bool WorkerPool::wait_until_idle(Moment deadline) {
    std::unique_lock lock(mutex_);
    return taken_.wait_until(lock, deadline, [this] { return queue_.empty() && running_ == 0; });
}

std::size_t WorkerPool::thread_count() const {
    const std::scoped_lock lock(mutex_);
    return threads_.size();
}

void WorkerPool::work(const std::stop_token& stop) {
    std::unique_lock lock(mutex_);
    for (;;) {
        ++idle_;
        const bool found = queued_.wait(lock, stop, [this] { return !queue_.empty(); });
        --idle_;
        if (!found || stop.stop_requested()) return;
        Queued next = std::move(queue_.front());
        queue_.pop_front();
        queued_bytes_ -= next.bytes;
        ++running_;
        lock.unlock();
        taken_.notify_all();
        run_guarded(*next.task);
        next.task.reset();
        lock.lock();
        --running_;
        taken_.notify_all();
    }
}

void WorkerPool::run_guarded(Task& task) {
    try {
        task.run();
    } catch (const std::exception& error) {
        if (log_) log_(Severity::error, std::string("a worker's task failed: ") + error.what());
    }
}

}  // namespace bm
