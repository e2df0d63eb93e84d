#pragma once

#include <chrono>
#include <functional>
#include <string>
#include <vector>

#include "cloud/sync_report.hpp"

namespace bm {

/// What keeps syncing needs from outside: tests have their own clock and rounds.
struct CloudWatch {
    std::chrono::seconds interval{60};
    /// One round over everything; a failure before any scope is a report too.
    std::function<std::vector<CloudReport>()> round;
    /// Waits so long; false when somebody asked to stop.
    std::function<bool(std::chrono::milliseconds)> wait;
    /// The same, but shorter when a file here changes; empty: nobody looks. Not asked after a
    /// failure, which a change does not mend.
    std::function<bool(std::chrono::milliseconds)> wait_or_change = {};
    std::function<std::chrono::steady_clock::time_point()> now;
    std::function<void(const std::string&)> say;
    bool shows_quiet_rounds = false;  ///< on a terminal
};

/// Runs rounds until somebody asks to stop. No failure ends it. Failures of the network double the
/// wait up to ten minutes; those that only a person can mend, and warnings, are told once in an
/// hour.
void watch_cloud(const CloudWatch& watch);

/// Whether no later try can succeed before a person does something.
bool needs_a_person(CloudFault fault) noexcept;

}  // namespace bm
