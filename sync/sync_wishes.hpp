#pragma once

#include <condition_variable>
#include <mutex>
#include <set>
#include <stop_token>
#include <string>
#include <utility>

namespace bm {

/// Names of projects whose index has fallen behind their files: a row is new, or a change was
/// stored that could not be indexed. Whoever syncs in the background waits here. Thread-safe.
class SyncWishes {
public:
    void add(std::string project) {
        {
            const std::scoped_lock lock(mutex_);
            projects_.insert(std::move(project));
        }
        changed_.notify_all();
    }

    void clear() {
        const std::scoped_lock lock(mutex_);
        projects_.clear();
    }

    /// Waits for the first wish and takes all there are; none when it is told to stop.
    std::set<std::string> take(const std::stop_token& stop) {
        std::unique_lock lock(mutex_);
        changed_.wait(lock, stop, [this] { return !projects_.empty(); });
        return std::exchange(projects_, {});
    }

private:
    std::mutex mutex_;
    std::condition_variable_any changed_;
    std::set<std::string> projects_;
};

}  // namespace bm
