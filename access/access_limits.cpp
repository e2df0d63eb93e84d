#include "access/access_limits.hpp"

namespace bm {

namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;

// Strangers choose the keys.
constexpr std::size_t kMostKeys = 4096;
constexpr hours kLongestWindow{1};

RateLimit limit_of(Limited what) {
    switch (what) {
        case Limited::login_of_peer:
            return {30, minutes(1)};
        case Limited::login_of_account:
            return {10, minutes(5)};
        case Limited::user_code_of_account:
            return {5, minutes(1)};
        case Limited::registration_of_peer:
            return {60, hours(1)};
        case Limited::device_of_peer:
            return {30, minutes(1)};
        case Limited::token_of_peer:
            return {600, minutes(1)};
        case Limited::document_fetch:
            return {30, minutes(1)};
    }
    return {1, minutes(1)};
}

}  // namespace

bool AccessLimits::admits(Limited what, std::string_view key) {
    const Moment now = clock_();
    return entries_.with([&](std::map<Key, Entry>& entries) {
        if (entries.size() >= kMostKeys) {
            std::erase_if(entries, [&](const auto& each) {
                return now - each.second.used >= kLongestWindow;
            });
        }
        const auto found = entries.find({what, std::string(key)});
        if (found == entries.end()) {
            // Full of fresh keys: somebody has many addresses. Others wait.
            if (entries.size() >= kMostKeys) return false;
            Entry entry{limit_of(what), now};
            const bool admitted = entry.limit.admits(now);
            entries.emplace(Key{what, std::string(key)}, std::move(entry));
            return admitted;
        }
        found->second.used = now;
        return found->second.limit.admits(now);
    });
}

}  // namespace bm
