#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <mutex>
#include <optional>

#include "server/rate_limit.hpp"

namespace bm {

/// What the files of a folder take up, counted at most once a minute: it means a look at each of
/// them. Thread-safe.
class UsedBytes {
public:
    explicit UsedBytes(std::filesystem::path root, SteadyClock clock = steady_now)
        : root_(std::move(root)), clock_(std::move(clock)) {}

    /// As they were a minute ago at most. Who asks while they are counted waits for that count.
    [[nodiscard]] std::uint64_t count();

private:
    std::filesystem::path root_;
    SteadyClock clock_;
    std::mutex mutex_;
    std::optional<Moment> counted_at_;
    std::uint64_t bytes_ = 0;
};

}  // namespace bm
