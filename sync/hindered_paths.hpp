#pragma once

#include <chrono>
#include <map>
#include <optional>
#include <set>
#include <string>

#include "sync/sync_scope.hpp"

namespace bm {

/// What runs over one project could not look at, each path with a time of its own to look again: no
/// event tells when a disk or a descriptor is there again. Pure; one thread.
class HinderedPaths {
public:
    using Time = std::chrono::steady_clock::time_point;

    /// What a run over `looked_at` came upon: `hindered` could not be looked at ("" for
    /// everything), and whatever else it covers could. Who waits already goes on waiting.
    void update(const SyncScope& looked_at, std::set<std::string> hindered, Time now);

    /// When take() has something to give; none when nothing waits.
    [[nodiscard]] std::optional<Time> due() const;
    /// What is due. It waits no more before update() has said what came of it.
    SyncScope take(Time now);
    void clear() { paths_.clear(); }

private:
    struct Wait {
        int tries = 0;
        std::optional<Time> end;
        void begin(Time now);
    };
    std::map<std::string, Wait> paths_;
};

}  // namespace bm
