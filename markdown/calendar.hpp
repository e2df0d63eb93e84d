#pragma once

#include <chrono>
#include <optional>
#include <string_view>

/// Arithmetic on the calendar, in the years 1 to 9999 that ISO 8601 writes with four digits.
namespace bm {

/// Nothing when there is no such day.
std::optional<std::chrono::local_days> calendar_day(long long year, long long month, long long day);
/// Moves back by whole months (forward when negative), keeping the day of the month where the month
/// has it.
std::optional<std::chrono::local_seconds> months_before(std::chrono::local_seconds from,
                                                        long long months);
bool is_in_calendar(std::chrono::local_seconds time) noexcept;

/// 1 to 12 for an English name or its beginning, three letters at least, in lower case.
std::optional<unsigned> month_named(std::string_view name) noexcept;
std::optional<std::chrono::weekday> weekday_named(std::string_view name) noexcept;

}  // namespace bm
