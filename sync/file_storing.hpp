#pragma once

#include <cstddef>
#include <optional>
#include <span>

#include "repository/indexed_files.hpp"
#include "sync/sync_run.hpp"

namespace bm {

/// One file to be indexed, and the row it was compared with.
struct StoringJob {
    SeenFile file;
    std::optional<IndexedFile> row;
};

/// So many files are worth the threads that read them.
constexpr std::size_t kJobsAtOnce = 8192;

/// Reads the files in bounded parallel and stores them in short transactions. One bad file never
/// stops the others: it is found by halving, and recorded. `total` is told to the progress: how
/// many files the whole run stores, 0 while that is not known.
void store_files(SyncRun& run, std::span<const StoringJob> jobs, std::size_t total);

}  // namespace bm
