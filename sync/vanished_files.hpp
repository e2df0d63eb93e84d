#pragma once

#include <vector>

#include "sync/changes.hpp"
#include "sync/sync_run.hpp"

namespace bm {

/// Gives rows the new paths of their files. Where somebody was faster, both paths are left alone.
void apply_moves(SyncRun& run, const std::vector<MovedFile>& moves);

/// Removes the rows of files that are still absent now.
void apply_deletions(SyncRun& run, const std::vector<IndexedFile>& gone);

}  // namespace bm
