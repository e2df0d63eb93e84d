#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "repository/clock.hpp"

namespace bm {

/// `never`, `just now`, `5 minutes ago`, `1 hour ago`, `3 days ago`, for people to read. A moment
/// to come is just now: clocks differ.
[[nodiscard]] std::string relative_time(const std::optional<Timestamp>& at, Timestamp now);

/// A moment as state files have it (ISO 8601); nothing for anything else.
[[nodiscard]] std::optional<Timestamp> stored_moment(std::string_view text);

}  // namespace bm
