#pragma once

#include <string>
#include <string_view>

#include "markdown/result.hpp"
#include "repository/clock.hpp"

namespace bm {

/// A stretch of time up to now.
struct TimeWindow {
    std::string label;  ///< `7d` or `today`, as headings print it
    Timestamp since;
};

/// The window that words such as "7d", "2 weeks" or "yesterday" mean. Fault::invalid with the
/// sentence for the caller.
Result<TimeWindow> parse_time_window(std::string_view words, Timestamp now);

}  // namespace bm
