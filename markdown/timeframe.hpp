#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "markdown/date_phrase.hpp"
#include "markdown/result.hpp"

namespace bm {

/// The moment that a date or natural-language phrase means, seen from `now` ("2 weeks ago",
/// "yesterday", "3d", "2024-01-15", "2024-01-15T10:30:00Z", month names, week days). A value
/// without zone is local; `utc_offset` is the local zone's offset at `now`, and `clock` knows those
/// of other times, without which all have that one. Fault::invalid `Could not parse timeframe:
/// {x}`.
Result<std::chrono::sys_seconds> parse_moment(std::string_view text, std::chrono::sys_seconds now,
                                              std::chrono::seconds utc_offset,
                                              const LocalClock& clock = nullptr);

/// `today`, or `{n}d`. Fault::invalid with the exact texts.
Result<std::string> normalize_timeframe(std::string_view text, std::chrono::sys_seconds now,
                                        std::chrono::seconds utc_offset);

/// Start of the window of a timeframe: never later than 24 hours before `now`.
Result<std::chrono::sys_seconds> timeframe_start(std::string_view text,
                                                 std::chrono::sys_seconds now,
                                                 std::chrono::seconds utc_offset);

}  // namespace bm
