#include "server/worker_pool.hpp"

#include <algorithm>
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
    if (queued_count() == 0) return true;
    return queued_count() < limits_.queued_tasks && queued_bytes_ + bytes <= limits_.queued_bytes;
}

std::size_t WorkerPool::free_turns() const {
    if (limits_.computing == 0) return computing_.size();
    const Moment horizon = steady_now() - limits_.longest_turn;
    const auto held = static_cast<std::size_t>(
        std::count_if(turns_.begin(), turns_.end(), [&](Moment began) { return began > horizon; }));
    return limits_.computing - std::min(held, limits_.computing);
}

std::size_t WorkerPool::runnable_count() const {
    const std::size_t computing =
        computing_.empty() ? 0 : std::min(computing_.size(), free_turns());
    return waiting_.size() + computing;
}

void WorkerPool::enqueue(std::unique_ptr<Task> task, std::size_t bytes) {
    Queue& queue = task->computes() ? computing_ : waiting_;
    queue.push_back({std::move(task), bytes, ++last_number_});
    queued_bytes_ += bytes;
}

bool WorkerPool::submit(std::unique_ptr<Task>& task, std::size_t bytes, Moment deadline) {
    std::unique_ptr<Task> own;
    bool wakes = true;
    {
        std::unique_lock lock(mutex_);
        if (!taken_.wait_until(lock, deadline, [&] { return has_room(bytes); })) return false;
        const std::size_t runnable_before = runnable_count();
        enqueue(std::move(task), bytes);
        wakes = runnable_count() > runnable_before || lacks_watch();
        if (wakes) start_thread_if_needed();
        if (threads_.empty()) own = take_next().task;
    }
    if (own) {
        run_guarded(*own);
    } else if (wakes) {
        queued_.notify_one();
    }
    return true;
}

bool WorkerPool::lacks_watch() const { return !computing_.empty() && !is_watched_; }

void WorkerPool::start_thread_if_needed() {
    const std::size_t needed = std::max<std::size_t>(runnable_count(), 1);
    if (idle_ >= needed || threads_.size() >= limits_.threads) return;
    try {
        threads_.emplace_back([this](const std::stop_token& stop) { work(stop); });
        ++idle_;
    } catch (const std::system_error& error) {
        // The system gives no more threads. Fewer are enough, and without any the caller does the
        // work.
        if (log_) log_(Severity::warning, std::string("no further worker: ") + error.what());
    }
}

void WorkerPool::drop_queued() {
    Queue computing;
    Queue waiting;
    {
        const std::scoped_lock lock(mutex_);
        computing.swap(computing_);
        waiting.swap(waiting_);
        queued_bytes_ = 0;
    }
    taken_.notify_all();
    // The tasks end here, outside the lock: they may have last words.
}

bool WorkerPool::wait_until_idle(Moment deadline) {
    std::unique_lock lock(mutex_);
    return taken_.wait_until(lock, deadline,
                             [this] { return queued_count() == 0 && running_ == 0; });
}

std::size_t WorkerPool::thread_count() const {
    const std::scoped_lock lock(mutex_);
    return threads_.size();
}

bool WorkerPool::wait_for_task(std::unique_lock<std::mutex>& lock, const std::stop_token& stop) {
    const auto is_there = [this] { return runnable_count() > 0; };
    while (!is_there()) {
        if (stop.stop_requested()) return false;
        if (!lacks_watch()) {
            queued_.wait(lock, stop, [&] { return lacks_watch() || is_there(); });
            continue;
        }
        is_watched_ = true;
        queued_.wait_until(lock, stop, end_of_oldest_turn(), is_there);
        is_watched_ = false;
    }
    return !stop.stop_requested();
}

Moment WorkerPool::end_of_oldest_turn() const {
    const Moment now = steady_now();
    const auto oldest = std::find_if(turns_.begin(), turns_.end(), [&](Moment began) {
        return began > now - limits_.longest_turn;
    });
    return (oldest == turns_.end() ? now : *oldest) + limits_.longest_turn;
}

WorkerPool::Queued WorkerPool::take_next() {
    const bool may_compute = !computing_.empty() && free_turns() > 0;
    const bool computes =
        may_compute && (waiting_.empty() || computing_.front().number < waiting_.front().number);
    Queue& queue = computes ? computing_ : waiting_;
    Queued next = std::move(queue.front());
    queue.pop_front();
    queued_bytes_ -= next.bytes;
    return next;
}

void WorkerPool::work(const std::stop_token& stop) {
    std::unique_lock lock(mutex_);
    while (wait_for_task(lock, stop)) {
        --idle_;
        Queued next = take_next();
        if (lacks_watch()) {
            start_thread_if_needed();
            queued_.notify_one();
        }
        ++running_;
        const bool computes = next.task->computes();
        const auto turn = computes ? turns_.insert(turns_.end(), steady_now()) : turns_.end();
        lock.unlock();
        taken_.notify_all();
        run_guarded(*next.task);
        next.task.reset();
        lock.lock();
        if (computes) turns_.erase(turn);
        --running_;
        ++idle_;
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
