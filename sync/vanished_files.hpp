#pragma once

#include <vector>

#include "sync/changes.hpp"
#include "sync/sync_run.hpp"

namespace bm {

/// Gives rows the new paths of their files. What cannot be moved after all is handed back to
/// `found`, for the deletions and additions.
void apply_moves(SyncRun& run, const std::vector<MovedFile>& moves, Differences& found);

/// Removes the rows of files that are still absent now.
void apply_deletions(SyncRun& run, const std::vector<IndexedFile>& gone);

}  // namespace bm
