#pragma once

#include <optional>

#include "repository/clock.hpp"
#include "repository/entity.hpp"

namespace bm {

class Database;

/// Since when a project waits for its first scan: its row was made then, or its folder changed.
/// None when it was scanned, or there is no such row.
[[nodiscard]] std::optional<Timestamp> unscanned_since(Database& database, ProjectId project);

}  // namespace bm
