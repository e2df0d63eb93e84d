#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string_view>

namespace bm {

/// What a date or a phrase such as "2 weeks ago" means.
struct PhraseMeaning {
    std::chrono::sys_seconds moment;
    bool one_year_back = false;  ///< exactly twelve months before now, which may be 365 or 366 days
};

/// The moment at which local clocks showed a time. Their offset changes in the course of a year.
using LocalClock = std::function<std::chrono::sys_seconds(std::chrono::local_seconds)>;

/// Reads English phrases and dates as seen from `now`; nothing when it is neither. What names no
/// zone is local time, `utc_offset` east of UTC now, and what `clock` says at other times; without
/// one the offset is always the same. Dates without a year are the last ones that were not in the
/// future.
std::optional<PhraseMeaning> understand_date_phrase(std::string_view text,
                                                    std::chrono::sys_seconds now,
                                                    std::chrono::seconds utc_offset,
                                                    const LocalClock& clock = nullptr);

}  // namespace bm
