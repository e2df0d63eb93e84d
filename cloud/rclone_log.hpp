#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace bm {

/// How far a run of rclone is.
struct RcloneStats {
    std::uint64_t bytes = 0;
    std::uint64_t total_bytes = 0;
    std::uint64_t transfers = 0;
    std::uint64_t total_transfers = 0;
    std::uint64_t checks = 0;
    double speed = 0;                       ///< bytes a second
    std::optional<std::uint64_t> eta = {};  ///< seconds
    std::string current = {};               ///< a file that is being transferred
};

/// One line that rclone logs with --use-json-log.
struct RcloneLine {
    std::string level;
    std::string message;
    std::string object = {};       ///< the file it is about
    std::string object_type = {};  ///< such as `*local.Object`
    std::optional<RcloneStats> stats = {};
};

/// None for a line that is no JSON object with a message. Pure.
std::optional<RcloneLine> parse_rclone_line(std::string_view line);

/// The same path changed on both sides, and how the versions are called now.
struct SyncConflict {
    std::string path;
    std::vector<std::string> kept;
    friend bool operator==(const SyncConflict&, const SyncConflict&) = default;
};

/// What a run did to single files (or would do, in a dry run), in rclone's order.
struct FileActions {
    std::vector<std::string> uploaded;
    std::vector<std::string> downloaded;
    std::vector<std::string> deleted_local;
    std::vector<std::string> deleted_remote;
    std::vector<std::string> renamed;
    std::vector<SyncConflict> conflicts;

    [[nodiscard]] bool is_empty() const noexcept {
        return uploaded.empty() && downloaded.empty() && deleted_local.empty() &&
               deleted_remote.empty() && renamed.empty() && conflicts.empty();
    }
    friend bool operator==(const FileActions&, const FileActions&) = default;
};

/// Gathers actions from the lines of one run. One thread.
class FileActionReader {
public:
    void add(const RcloneLine& line);
    [[nodiscard]] const FileActions& actions() const noexcept { return actions_; }

private:
    enum class Towards { unknown, local, remote };
    void note_direction(const std::string& message);
    void note_conflict(const RcloneLine& line, std::string_view kept);
    [[nodiscard]] bool goes_up(const RcloneLine& line) const;
    [[nodiscard]] bool is_gone_here(const RcloneLine& line) const;

    bool was_moved_away(const std::string& object);

    Towards towards_ = Towards::unknown;
    std::map<std::string, bool> copied_;  ///< true: upwards
    FileActions actions_;
};

}  // namespace bm
