#include "repository/local_moment.hpp"

#include <chrono>

#include "markdown/timeframe.hpp"

namespace bm {

Result<Timestamp> local_moment(std::string_view text, Timestamp now) {
    using std::chrono::seconds;
    const LocalClock clock = [](std::chrono::local_seconds shown) {
        return std::chrono::floor<seconds>(to_timestamp({shown, std::nullopt}));
    };
    const auto whole = std::chrono::floor<seconds>(now);
    return parse_moment(text, whole, utc_offset_at(now), clock)
        .map([](std::chrono::sys_seconds moment) { return Timestamp(moment); });
}

}  // namespace bm
