#include "host/fresh_start.hpp"

#include <algorithm>
#include <ctime>

namespace bm {

namespace {

/// The clock that files are stamped by: a finer one would make what comes next look older.
std::int64_t file_clock_ns() {
#if defined(CLOCK_REALTIME_COARSE)
    constexpr clockid_t clock = CLOCK_REALTIME_COARSE;
#else
    constexpr clockid_t clock = CLOCK_REALTIME;
#endif
    timespec now{};
    ::clock_gettime(clock, &now);
    return static_cast<std::int64_t>(now.tv_sec) * 1'000'000'000 + now.tv_nsec;
}

}  // namespace

FreshStart::FreshStart(UnfinishedUploads::Now now)
    : now_(std::move(now)), began_(now_()), began_ns_(file_clock_ns()) {}

void FreshStart::listed(const std::string& caller, const std::string& folder) {
    const std::scoped_lock lock(mutex_);
    if (now_() - began_ >= kLasts) return listed_.clear();
    if (listed_.size() < kMostListed) listed_.emplace(caller, folder);
}

bool FreshStart::doubts(const std::string& caller, const std::string& folder,
                        std::int64_t changed_ns) {
    const std::scoped_lock lock(mutex_);
    return changed_ns < began_ns_ && now_() - began_ < kLasts &&
           !listed_.contains({caller, folder});
}

std::chrono::seconds FreshStart::left() {
    const auto rest = std::chrono::ceil<std::chrono::seconds>(kLasts - (now_() - began_));
    return std::max(rest, std::chrono::seconds(1));
}

}  // namespace bm
