#pragma once

#include <cstdint>
#include <deque>
#include <filesystem>
#include <optional>
#include <string>

#include "markdown/result.hpp"
#include "repository/checksum.hpp"
#include "repository/clock.hpp"

namespace bm {

/// What became of one path because of a change from outside.
struct WatchedChange {
    enum class Action { added, modified, moved, deleted };
    Timestamp at;
    std::string path;  ///< relative to its project; "old -> new" for a move
    Action action;
    std::optional<Checksum> checksum;
    std::optional<std::string> error;  ///< none: it went well
};

/// How the process that watches is doing, for people and other programs.
struct WatchStatus {
    static constexpr std::size_t kMostChanges = 100;

    bool is_running = false;
    Timestamp started;
    std::int64_t process = 0;
    std::int64_t errors = 0;
    std::optional<Timestamp> last_error;
    std::optional<Timestamp> last_scan;
    std::int64_t synced_files = 0;
    std::deque<WatchedChange> changes;  ///< newest first
};

/// Replaces `watch-status.json` at once, readable by everybody. Not synced to the disk: whoever
/// watches next writes it again. Fault::unavailable with the reason.
Result<void> save_watch_status(const std::filesystem::path& file, const WatchStatus& status);

}  // namespace bm
