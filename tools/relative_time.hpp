#pragma once

#include <string>

#include "repository/clock.hpp"

namespace bm {

/// How long ago `then` was, seen from `now`, in the largest calendar unit that fits: "2 months
/// ago", "yesterday", "just now". A moment in the future is "just now".
std::string relative_time(Timestamp then, Timestamp now);

}  // namespace bm
