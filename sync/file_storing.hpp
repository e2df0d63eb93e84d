#pragma once

#include <optional>
#include <vector>

#include "sync/sync_run.hpp"

namespace bm {

/// One file to be indexed, and the row it was compared with.
struct StoringJob {
    SeenFile file;
    std::optional<IndexedFile> row;
};

/// Reads the files in bounded parallel and stores them in short transactions. One bad file never
/// stops the others: it is found by halving, and recorded.
void store_files(SyncRun& run, const std::vector<StoringJob>& jobs);

}  // namespace bm
