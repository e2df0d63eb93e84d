#pragma once

#include <functional>
#include <map>
#include <stop_token>
#include <string>
#include <vector>

#include "sync/knowledge_base.hpp"

namespace bm {

struct SkippedFile {
    std::string path;
    std::string reason;
    std::int64_t failures = 0;
    Timestamp first_failed;
};

/// What differs between the files and the index, or what was done about it. Paths are sorted.
struct SyncReport {
    std::vector<std::string> added;
    std::vector<std::string> modified;
    std::vector<std::string> deleted;
    std::map<std::string, std::string> moved;      ///< old to new
    std::map<std::string, Checksum> checksums;     ///< of added and modified files
    std::vector<SkippedFile> skipped;              ///< not tried again: three failures, unchanged since
    std::vector<SkippedFile> failed;               ///< could not be read or understood this time
    std::int64_t total_files = 0;                  ///< seen on disk

    [[nodiscard]] bool is_clean() const {
        return added.empty() && modified.empty() && deleted.empty() && moved.empty();
    }
};

/// Called now and then with what is done and what there is to do.
using SyncProgress = std::function<void(std::size_t done, std::size_t total)>;

/// Compares without changing anything.
Result<SyncReport> compare_project(KnowledgeBase& knowledge, const Project& project, std::stop_token stop = {});

/// Brings the index in step with the files: deletions, moves, new, modified; then links that waited. Files are only
/// read. One bad file never stops the others. `full` looks at every byte again. Ends early, consistent, when asked to.
Result<SyncReport> reconcile_project(KnowledgeBase& knowledge, const Project& project, bool full = false,
                                     std::stop_token stop = {}, const SyncProgress& progress = {});

}  // namespace bm
