#include "tools/time_window.hpp"

#include <chrono>
#include <utility>

#include "markdown/timeframe.hpp"

namespace bm {

Result<TimeWindow> parse_time_window(std::string_view words, Timestamp now) {
    const auto seconds = std::chrono::floor<std::chrono::seconds>(now);
    const auto offset = utc_offset_at(now);
    auto label = normalize_timeframe(words, seconds, offset);
    if (!label) {
        return tl::unexpected<Error>(label.error());
    }
    // The window starts where its label says, so that the heading tells the truth.
    const auto since = timeframe_start(*label, seconds, offset);
    if (!since) {
        return tl::unexpected<Error>(since.error());
    }
    return TimeWindow{*std::move(label), *since};
}

}  // namespace bm
