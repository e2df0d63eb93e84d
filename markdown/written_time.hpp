#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "markdown/note.hpp"

/// Moments as people and programs write them into a note's front matter.
namespace bm {

/// True for text of the shape of a YAML 1.1 date ("2024-01-15"), even if no calendar knows that
/// day.
bool looks_like_yaml_date(std::string_view text) noexcept;
/// True for text of the shape of a YAML 1.1 timestamp with a time of day, even if no clock shows
/// it.
bool looks_like_yaml_timestamp(std::string_view text) noexcept;

/// The moment of a YAML 1.1 date (midnight) or timestamp; none when such a day or time does not
/// exist.
std::optional<WrittenTime> parse_yaml_time(std::string_view text) noexcept;

/// The moment of an ISO 8601 text: a calendar or week date, extended or basic, alone (midnight) or
/// with a time of day and an offset. White space around it is ignored.
std::optional<WrittenTime> parse_iso_time(std::string_view text) noexcept;

/// `2024-01-15T10:30:00+02:00`; microseconds and the offset only where there are any.
std::string iso_format(const WrittenTime& moment);

}  // namespace bm
