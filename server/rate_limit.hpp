#pragma once

#include <chrono>
#include <cstddef>
#include <deque>
#include <functional>

namespace bm {

using Moment = std::chrono::steady_clock::time_point;

/// Time that never runs backwards; hand-wound in tests.
using SteadyClock = std::function<Moment()>;

[[nodiscard]] inline Moment steady_now() { return std::chrono::steady_clock::now(); }

/// At most `count` events in any stretch of `window`. For one thread.
class RateLimit {
public:
    RateLimit(std::size_t count, std::chrono::milliseconds window)
        : count_(count), window_(window) {}

    /// True when an event now is within the limit; it counts then.
    [[nodiscard]] bool admits(Moment now) {
        while (!recent_.empty() && now - recent_.front() >= window_) recent_.pop_front();
        if (recent_.size() >= count_) return false;
        recent_.push_back(now);
        return true;
    }

private:
    std::size_t count_;
    std::chrono::milliseconds window_;
    std::deque<Moment> recent_;
};

}  // namespace bm
