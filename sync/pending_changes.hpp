#pragma once

#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "sync/sync_scope.hpp"

namespace bm {

/// What has changed in one project and is not indexed yet, and when to do it. An editor's save is
/// several events: whoever waits for a short quiet time looks once. Pure; one thread.
class PendingChanges {
public:
    using Time = std::chrono::steady_clock::time_point;
    struct Delays {
        std::chrono::milliseconds quiet{40};      ///< after the last event
        std::chrono::milliseconds at_most{300};   ///< after the first one
        std::chrono::milliseconds growing{2000};  ///< for files that somebody still writes to
    };

    /// The delays for `sync_delay` of the configuration. 1000 is what every file written by other
    /// programs says and means "as you like"; another value is somebody's wish.
    static Delays delays_for(int sync_delay_ms);

    void set_delays(const Delays& delays) { delays_ = delays; }
    /// "" for everything.
    void changed(std::string_view path, Time now);
    void growing(std::string_view path, Time now);
    /// To be done at a given time, or before with whatever else is due before.
    void put_back(const SyncScope& scope, Time when);

    /// When take() has something to give; none when nothing is pending.
    [[nodiscard]] std::optional<Time> due() const;
    /// What is due.
    SyncScope take(Time now);
    void clear();

private:
    Delays delays_;
    SyncScope settling_;
    std::optional<Time> first_;
    std::optional<Time> settled_;
    std::map<std::string, Time, std::less<>> growing_;
};

}  // namespace bm
