#pragma once

#include <cstdint>
#include <deque>
#include <filesystem>
#include <map>
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

/// How the process that watches a project is doing, for people and other programs.
struct WatchStatus {
    static constexpr std::size_t kMostChanges = 100;

    bool is_running = false;
    Timestamp started;  ///< that process
    std::int64_t process = 0;
    std::int64_t errors = 0;
    std::optional<Timestamp> last_error;
    std::optional<Timestamp> last_scan;
    std::int64_t synced_files = 0;
    std::deque<WatchedChange> changes = {};  ///< newest first
};

/// By the name of the project; none for one that there is no more.
using WatchStatusUpdate = std::map<std::string, std::optional<WatchStatus>>;

/// Puts what is known of some projects into `watch-status.json` and leaves what others have written
/// of theirs: each process speaks for the projects that it watches. The file says the same of all
/// together, and of each under `projects`. It is replaced at once, under a lock, readable by
/// everybody; not synced to the disk: whoever watches next writes it again. Fault::unavailable with
/// the reason.
Result<void> save_watch_status(const std::filesystem::path& file,
                               const std::filesystem::path& lock_file,
                               const WatchStatusUpdate& update);

/// Who watches a project.
struct WatchingProcess {
    std::int64_t process = 0;  ///< 0 when that is not known
    std::string since;         ///< ISO 8601; empty when that is not known
};
/// What the file says; none when it says that nobody does, or nothing that can be read. Whoever
/// wrote it may have died since: Election::is_held tells.
std::optional<WatchingProcess> read_watching_process(const std::filesystem::path& file,
                                                     const std::string& project);

}  // namespace bm
