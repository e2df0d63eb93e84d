#include "sync/pending_changes.hpp"

#include <algorithm>
#include <utility>

namespace bm {

namespace {

constexpr int kUsualSyncDelay = 1000;

}  // namespace

PendingChanges::Delays PendingChanges::delays_for(int sync_delay_ms) {
    Delays delays;
    if (sync_delay_ms == kUsualSyncDelay) return delays;
    delays.quiet = std::chrono::milliseconds(sync_delay_ms);
    delays.at_most = std::max(delays.at_most, delays.quiet);
    delays.growing = std::max(delays.growing, delays.quiet);
    return delays;
}

void PendingChanges::changed(std::string_view path, Time now) {
    const auto grown = growing_.find(path);
    if (grown != growing_.end()) growing_.erase(grown);
    settling_.add(path);
    if (!first_) first_ = now;
    settled_ = std::min(now + delays_.quiet, *first_ + delays_.at_most);
}

void PendingChanges::growing(std::string_view path, Time now) {
    if (growing_.size() >= SyncScope::kMostPaths) path = "";
    growing_.try_emplace(std::string(path), now + delays_.growing);
}

void PendingChanges::put_back(const SyncScope& scope, Time when) {
    settling_.add(scope);
    settled_ = std::min(settled_.value_or(when), when);
}

std::optional<PendingChanges::Time> PendingChanges::due() const {
    std::optional<Time> due = settled_;
    for (const auto& [path, when] : growing_) due = std::min(due.value_or(when), when);
    return due;
}

SyncScope PendingChanges::take(Time now) {
    SyncScope taken;
    if (settled_ && *settled_ <= now) {
        taken = std::exchange(settling_, {});
        settled_.reset();
        first_.reset();
    }
    for (auto each = growing_.begin(); each != growing_.end();) {
        if (each->second <= now) {
            taken.add(each->first);
            each = growing_.erase(each);
        } else {
            ++each;
        }
    }
    return taken;
}

void PendingChanges::clear() {
    settling_ = {};
    settled_.reset();
    first_.reset();
    growing_.clear();
}

}  // namespace bm
