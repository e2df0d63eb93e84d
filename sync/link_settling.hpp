#pragma once

#include <stop_token>

#include "repository/index.hpp"

namespace bm {

/// Settles the links that a large load, perhaps one that was killed, left pending. In pages, so
/// that writers get their turn; ends early when told to stop, and whoever scans next goes on.
void settle_pending_links(Index& index, ProjectId project, const std::stop_token& stop);

}  // namespace bm
