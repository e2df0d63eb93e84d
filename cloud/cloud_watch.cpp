#include "cloud/cloud_watch.hpp"

#include <algorithm>
#include <cstdio>
#include <map>

namespace bm {

namespace {

using SteadyTime = std::chrono::steady_clock::time_point;

constexpr std::chrono::minutes kLongestPause{10};
constexpr std::chrono::hours kReminder{1};

std::string seconds_text(std::chrono::milliseconds time) {
    char text[32];  // NOLINT: filled by snprintf
    std::snprintf(text, sizeof text, "%.1f", static_cast<double>(time.count()) / 1000);
    return text;
}

/// Which failures have been told lately.
class Reminders {
public:
    bool is_due(const std::string& message, SteadyTime now) {
        const auto known = told_.find(message);
        if (known != told_.end() && now - known->second < kReminder) return false;
        told_[message] = now;
        return true;
    }
    void clear() { told_.clear(); }

private:
    std::map<std::string, SteadyTime> told_;
};

}  // namespace

bool needs_a_person(CloudFault fault) noexcept {
    switch (fault) {
        case CloudFault::deletion_limit:
        case CloudFault::needs_resync:
        case CloudFault::credentials:
        case CloudFault::not_initialized:
        case CloudFault::not_authenticated:
        case CloudFault::all_changed:
        case CloudFault::side_empty:
        case CloudFault::local_missing:
            return true;
        default:
            return false;
    }
}

void watch_cloud(const CloudWatch& watch) {
    watch.say("Starting bisync watch mode");
    watch.say("Sync interval: " + std::to_string(watch.interval.count()) + " seconds");
    watch.say("Several machines may watch one space; conflicts are settled by the profile.");
    watch.say("Press Ctrl+C to stop");
    Reminders reminders;
    Reminders warnings;
    std::chrono::seconds pause = watch.interval;
    while (true) {
        const auto started = watch.now();
        bool is_network_down = false;
        bool has_changes = false;
        bool has_failures = false;
        for (const auto& report : watch.round()) {
            has_changes = has_changes || !report.actions.is_empty() || !report.registered.empty();
            for (const auto& warning : report.warnings) {
                if (warnings.is_due(warning, watch.now())) watch.say("Warning: " + warning);
            }
            if (report.ok()) continue;
            // Another command has its turn: the next round is soon enough.
            if (report.failure->fault == CloudFault::locked ||
                report.failure->fault == CloudFault::interrupted) {
                continue;
            }
            has_failures = true;
            is_network_down = is_network_down || report.failure->fault == CloudFault::network;
            const bool tells = !needs_a_person(report.failure->fault) ||
                               reminders.is_due(report.failure->message, watch.now());
            if (tells) watch.say("Sync error: " + report.failure->message);
            if (tells && !report.failure->hint.empty()) watch.say(report.failure->hint);
        }
        const auto ended = watch.now();
        pause = is_network_down ? std::min<std::chrono::seconds>(pause * 2, kLongestPause)
                                : watch.interval;
        if (has_failures) {
            watch.say("Retrying in " + std::to_string(pause.count()) + " seconds...");
        } else {
            reminders.clear();
            if (has_changes || watch.shows_quiet_rounds) {
                watch.say("Sync completed in " +
                          seconds_text(std::chrono::duration_cast<std::chrono::milliseconds>(
                              ended - started)) +
                          "s");
            }
        }
        const bool looks = !has_failures && watch.wait_or_change;
        if (!(looks ? watch.wait_or_change : watch.wait)(pause)) break;
    }
    watch.say("Watch mode stopped");
}

}  // namespace bm
