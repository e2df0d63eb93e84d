#pragma once

#include <cstdint>

#include "repository/text_store.hpp"

namespace bm {

/// A new segment of this size begins at this level of merging.
int merge_level(std::uint64_t bytes);

/// Does merge work that is due in one project, at most about `budget` postings of it, and takes
/// what it did off the budget. Small segments come first. Needs a write transaction. Starts a new
/// generation when it did something. True when more is due.
///
/// A large merge takes many calls: its target grows aside, remembers the last term that it has, and
/// is searched only when it has them all. Until then its sources are searched.
bool merge_segments(TextStore& store, ProjectId project, ProjectText& text, std::uint64_t& budget);

}  // namespace bm
