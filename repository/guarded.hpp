#pragma once

#include <mutex>
#include <utility>

namespace bm {

/// A value that can only be reached while its lock is held.
template <class T>
class Guarded {
public:
    Guarded() = default;
    explicit Guarded(T value) : value_(std::move(value)) {}

    template <class Work>
    decltype(auto) with(Work&& work) {
        const std::scoped_lock lock(mutex_);
        return std::forward<Work>(work)(value_);
    }

private:
    std::mutex mutex_;
    T value_{};
};

}  // namespace bm
