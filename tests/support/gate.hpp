#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <stop_token>

namespace bm::test {

/// A door that others wait behind, so that a test decides when they go on.
class Gate {
public:
    void open() {
        {
            const std::scoped_lock lock(mutex_);
            is_open_ = true;
        }
        changed_.notify_all();
    }
    /// True when the gate opened, false when the wait was stopped first.
    bool wait(const std::stop_token& stop = {}) {
        std::unique_lock lock(mutex_);
        ++arrivals_;
        changed_.notify_all();
        const bool went_through = changed_.wait(lock, stop, [this] { return is_open_; });
        if (!went_through) ++turned_back_;
        changed_.notify_all();
        return went_through;
    }
    /// Blocks until so many have begun to wait. False when they do not come.
    bool wait_for_arrivals(int count) {
        constexpr std::chrono::seconds patience{30};
        std::unique_lock lock(mutex_);
        return changed_.wait_for(lock, patience, [&] { return arrivals_ >= count; });
    }

    /// Whether so many were stopped while the gate was shut, by the end of the stretch.
    [[nodiscard]] bool has_turned_back_within(int count, std::chrono::milliseconds stretch) {
        std::unique_lock lock(mutex_);
        return changed_.wait_for(lock, stretch, [&] { return turned_back_ >= count; });
    }

private:
    std::mutex mutex_;
    std::condition_variable_any changed_;
    bool is_open_ = false;
    int arrivals_ = 0;
    int turned_back_ = 0;
};

}  // namespace bm::test
