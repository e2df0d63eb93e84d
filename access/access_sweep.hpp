#pragma once

#include <atomic>

#include "access/access_store.hpp"
#include "repository/log.hpp"
#include "server/rate_limit.hpp"

namespace bm {

/// Sweeps out what has expired, and never because of the clock alone: a board without a battery, a
/// resumed machine or a bad answer of a time server may say any year. What goes was over already
/// at an earlier sweep, a day ago by the clock and by the time that servers have run since; where
/// the clock has gone back, that day begins anew. Until then it is merely refused. How many rows
/// went. `lived`: seconds that this process has run since its last sweep.
std::int64_t sweep(AccessStore& store, Seconds now, Seconds lived);

/// Sweeps once an hour. Safe to use from several threads.
class AccessSweep {
public:
    AccessSweep(AccessStore& store, Clock clock, SteadyClock steady, Log log)
        : store_(store),
          clock_(std::move(clock)),
          steady_(std::move(steady)),
          log_(std::move(log)),
          last_(seconds_now()) {}

    /// At the start, and then with each request: does nothing unless an hour has passed. Trouble
    /// with the disk is logged only: whoever reads can be served nevertheless.
    void begin() { run(0); }
    void now_and_then();

private:
    [[nodiscard]] Seconds seconds_now() const {
        return std::chrono::floor<std::chrono::seconds>(steady_().time_since_epoch()).count();
    }
    void run(Seconds lived);

    AccessStore& store_;
    Clock clock_;
    SteadyClock steady_;
    Log log_;
    std::atomic<Seconds> last_;  ///< by the steady clock
};

}  // namespace bm
