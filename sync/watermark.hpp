#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "sync/changes.hpp"
#include "sync/sync_run.hpp"

namespace bm {

/// What a scan looks at where the setting `scan_strategy` is `watermark`: for file systems whose
/// answers say little (inodes that change with every mount, say), as Basic Memory scans. Files that
/// came and went are found all the same; what was changed under an old time is missed until some
/// file goes or a full scan is asked for. The usual strategy misses nothing.
enum class ScanKind : std::uint8_t {
    full_forced,
    full_initial,    ///< nothing was scanned yet
    full_deletions,  ///< there are fewer files than there were, or than rows
    incremental,     ///< only what is newer than the last scan
    full_fallback,
};

/// Pure. The first rule that fits, in the order above.
ScanKind choose_scan(bool is_forced, std::optional<std::int64_t> last_file_count,
                     std::optional<Timestamp> last_scan, std::int64_t file_count);
std::string_view name_of(ScanKind kind);

/// Of the files that look different from their rows, those that a scan reads. One thread; the run
/// outlives it.
class Watermark {
public:
    /// What the last scan left, before a walk begins.
    explicit Watermark(SyncRun& run);

    /// Takes the files out of `found` that are to be left for another scan, which is none unless
    /// that strategy is chosen. `file_count`: of the files that the walk has seen.
    void leave_out_old(Differences& found, std::int64_t file_count) const;

private:
    [[nodiscard]] bool is_wanted(const TouchedFile& file) const;

    SyncRun& run_;
    std::optional<LastScan> last_;  ///< none: everything is looked at
};

}  // namespace bm
