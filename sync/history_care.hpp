#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>

#include "repository/background_task.hpp"
#include "repository/clock.hpp"

namespace bm {

/// Hears what goes into the history: asks for pruning, on a thread of its own, and remembers
/// whether somebody was told that nothing can be kept. Thread-safe.
class HistoryCare {
public:
    /// `prune` is given the time at which it was asked for.
    explicit HistoryCare(std::function<void(Timestamp)> prune);

    /// What took so many bytes is kept. Pruning follows the first time, and then whenever a
    /// megabyte or an hour is full.
    void kept(std::uint64_t bytes, Timestamp now);
    /// Something could not be kept. Whether that is news.
    bool failed();

private:
    std::mutex mutex_;
    std::uint64_t bytes_ = 0;          ///< since pruning was asked for
    std::optional<Timestamp> asked_;   ///< for pruning
    std::atomic<bool> fails_ = false;  ///< the last time
    std::function<void(Timestamp)> prune_;
    BackgroundTask task_;  ///< ends first
};

}  // namespace bm
