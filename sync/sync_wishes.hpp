#pragma once

#include <functional>
#include <mutex>
#include <set>
#include <string>
#include <utility>

namespace bm {

/// Names of projects whose index has fallen behind their files: a row is new, or a change was
/// stored that could not be indexed. Whoever syncs in the background takes them. Thread-safe.
class SyncWishes {
public:
    void add(std::string project) {
        const std::scoped_lock lock(mutex_);
        projects_.insert(std::move(project));
        // Under the lock, so that nobody is woken after wake_with() has returned.
        if (wake_) wake_();
    }

    void clear() {
        const std::scoped_lock lock(mutex_);
        projects_.clear();
    }

    /// All there are; never waits.
    std::set<std::string> take() {
        const std::scoped_lock lock(mutex_);
        return std::exchange(projects_, {});
    }

    /// Calls `wake` for each new wish from now on, on the thread that has it; none with nullptr.
    void wake_with(std::function<void()> wake) {
        const std::scoped_lock lock(mutex_);
        wake_ = std::move(wake);
    }

private:
    std::mutex mutex_;
    std::set<std::string> projects_;
    std::function<void()> wake_;
};

}  // namespace bm
