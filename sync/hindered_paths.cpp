#include "sync/hindered_paths.hpp"

#include <algorithm>

#include "sync/retry_delay.hpp"

namespace bm {

void HinderedPaths::Wait::begin(Time now) {
    if (!end) end = now + retry_delay(tries++);
}

void HinderedPaths::update(const SyncScope& looked_at, std::set<std::string> hindered, Time now) {
    if (hindered.size() > SyncScope::kMostPaths) hindered = {""};
    std::erase_if(paths_, [&](const auto& each) {
        return looked_at.covers(each.first) && !hindered.contains(each.first);
    });
    for (const auto& path : hindered) paths_[path].begin(now);
    if (paths_.size() <= SyncScope::kMostPaths) return;
    Wait everything = paths_[""];
    everything.begin(now);
    paths_ = {{"", everything}};
}

std::optional<HinderedPaths::Time> HinderedPaths::due() const {
    std::optional<Time> due;
    for (const auto& [path, wait] : paths_) {
        if (wait.end) due = std::min(due.value_or(*wait.end), *wait.end);
    }
    return due;
}

SyncScope HinderedPaths::take(Time now) {
    SyncScope taken;
    for (auto& [path, wait] : paths_) {
        if (!wait.end || *wait.end > now) continue;
        taken.add(path);
        wait.end.reset();
    }
    return taken;
}

}  // namespace bm
