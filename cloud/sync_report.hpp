#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cloud/cloud_failure.hpp"
#include "cloud/rclone_log.hpp"

namespace bm {

/// What one run on one scope did, or would do: the value behind the text and the JSON of commands.
struct CloudReport {
    bool is_space = false;
    std::string project;
    bool dry_run = false;
    bool resync = false;
    std::string profile;
    std::string rclone_version;
    FileActions actions;
    std::vector<std::string> registered;  ///< projects made on the host
    std::vector<std::string> skipped;
    std::vector<std::string> warnings;
    std::vector<std::string> notes;     ///< sentences that are no warnings
    std::vector<std::string> commands;  ///< of rclone that were run
    std::int64_t duration_ms = 0;
    bool recovered = false;
    std::optional<CloudFailure> failure;

    [[nodiscard]] bool ok() const noexcept { return !failure; }
    [[nodiscard]] std::string title() const { return is_space ? std::string("space") : project; }
};

/// The object of `--json` and of history files, without an end of line.
std::string report_json(const CloudReport& report);
/// `{"ok":...,"results":[...]}`.
std::string reports_json(const std::vector<CloudReport>& reports);

/// `2 files uploaded, 1 file deleted`, or `no changes`.
std::string summary_text(const CloudReport& report);

/// Lines for `--verbose` and for dry runs: `↑ path`, or `would upload: path`.
std::vector<std::string> action_lines(const CloudReport& report);

/// Keeps the report of a run that changed something or failed; the newest `keep` stay. A history
/// that cannot be written costs nothing else. `stamp` is the time, fit for a file name.
void keep_in_history(const std::filesystem::path& folder, const CloudReport& report,
                     std::string_view stamp, int keep);

/// A report in the history.
struct KeptReport {
    std::string stamp;  ///< as keep_in_history() was given it
    std::string json;
};
/// The newest one of each scope.
std::vector<KeptReport> last_reports(const std::filesystem::path& folder);

}  // namespace bm
