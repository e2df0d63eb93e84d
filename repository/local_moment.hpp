#pragma once

#include <string_view>

#include "markdown/result.hpp"
#include "repository/clock.hpp"

namespace bm {

/// What a date or a phrase means (parse_moment), seen from `now` and by the clocks of the local
/// zone: a time before they were put back or forward has the offset that it had then. Of an hour
/// that came twice the first is meant. Fault::invalid.
Result<Timestamp> local_moment(std::string_view text, Timestamp now);

}  // namespace bm
