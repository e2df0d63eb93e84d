#pragma once

#include <stop_token>

#include "repository/index.hpp"

namespace bm {

/// Settles the links that a large load, perhaps one that was killed, left pending. In pages, so
/// that writers get their turn, in the background with a pause after each; nobody sees a link that
/// keeps its target without it. Ends early when told to stop, and whoever scans next goes on.
void settle_pending_links(Index& index, ProjectId project, bool in_background,
                          const std::stop_token& stop);

}  // namespace bm
