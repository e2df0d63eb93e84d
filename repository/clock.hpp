#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "markdown/note.hpp"

namespace bm {

using Timestamp = std::chrono::sys_time<std::chrono::microseconds>;

/// The time is an argument: built once in the composition root, hand-wound in tests.
using Clock = std::function<Timestamp()>;

Timestamp system_now();
/// Nanoseconds since 1970, as file systems have them, rounded down.
Timestamp timestamp_from_ns(std::int64_t nanoseconds);

/// `2026-11-22T06:28:40.707029+00:00`; the fraction is left out when it is zero.
std::string iso8601_utc(Timestamp at);
/// The local zone's offset from UTC at that moment.
std::chrono::seconds utc_offset_at(Timestamp at);
/// Year, month and day in the local zone: `2026-11-22`.
std::string local_date(Timestamp at);
/// `2026-11-22 06:28` in the local zone.
std::string local_minute(Timestamp at);
/// A moment as its author wrote it, local when it names no offset.
Timestamp to_timestamp(const WrittenTime& written);

}  // namespace bm
