#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "sync/changes.hpp"
#include "sync/sync_run.hpp"

namespace bm {

/// What a scan looks at where the setting `scan_strategy` is `watermark`: for network file systems
/// whose answers say little, as Basic Memory scans. A file that came with an old time is missed
/// until the number of files falls or a full scan is asked for; the usual strategy misses none.
enum class ScanKind : std::uint8_t {
    full_forced,
    full_initial,    ///< nothing was scanned yet
    full_deletions,  ///< there are fewer files than there were
    incremental,     ///< only what is newer than the last scan
    full_fallback,
};

/// Pure. The first rule that fits, in the order above.
ScanKind choose_scan(bool is_forced, std::optional<std::int64_t> last_file_count,
                     std::optional<Timestamp> last_scan, std::int64_t file_count);
std::string_view name_of(ScanKind kind);

/// The differences that an incremental scan finds; none when a full scan is due, or when that
/// strategy is not chosen, or when only a part of the project is looked at.
std::optional<Result<Differences>> find_recent_differences(SyncRun& run);

}  // namespace bm
