#include "sync/history_care.hpp"

#include <chrono>
#include <utility>

namespace bm {

namespace {

constexpr std::uint64_t kBytesBetweenPrunings = 1'000'000;
constexpr std::chrono::hours kTimeBetweenPrunings{1};

}  // namespace

HistoryCare::HistoryCare(std::function<void(Timestamp)> prune)
    : prune_(std::move(prune)), task_([this] {
          std::optional<Timestamp> now;
          {
              const std::scoped_lock lock(mutex_);
              now = asked_;
          }
          if (now) prune_(*now);
      }) {}

void HistoryCare::kept(std::uint64_t bytes, Timestamp now) {
    fails_ = false;
    {
        const std::scoped_lock lock(mutex_);
        bytes_ += bytes;
        const bool is_soon = asked_ && now >= *asked_ && now - *asked_ < kTimeBetweenPrunings;
        if (is_soon && bytes_ < kBytesBetweenPrunings) return;
        bytes_ = 0;
        asked_ = now;
    }
    task_.ask();
}

bool HistoryCare::failed() { return !fails_.exchange(true); }

}  // namespace bm
