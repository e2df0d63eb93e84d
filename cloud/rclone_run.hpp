#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cloud/cloud_failure.hpp"
#include "cloud/program_run.hpp"
#include "cloud/rclone_log.hpp"
#include "cloud/rclone_program.hpp"

namespace bm {

/// Why a run of rclone did not succeed, told by what it logs.
enum class RcloneTrouble {
    none,
    lock_file,            ///< a lock of bisync lies in the state directory
    baseline_lost,        ///< bisync has no listings, or shut itself out
    out_of_sync,          ///< the listings do not agree
    empty_baseline,       ///< the last run ended with nothing on both sides
    empty_side,           ///< one side has nothing now
    too_many_deletes,     ///< its own guard, which counts in percent
    all_changed,          ///< no file of a side is as it was
    remote_unsupported,   ///< the storage keeps no times
    unknown_flag,         ///< not the version that we took it for
    clock_wrong,          ///< the storage refuses our time
    credentials,          ///< the storage refuses our keys
    network,              ///< the storage cannot be reached
    disk_full,            ///< or a quota
    permission,           ///< a local file may not be read or written
    source_changed,       ///< a file was saved while it was read; again is enough
    directory_not_found,  ///< a side is not there
    interrupted,          ///< we have stopped it
    not_started,          ///< the program could not be run
    other,
};

/// What became of a run.
struct RcloneOutcome {
    RcloneTrouble trouble = RcloneTrouble::none;
    int exit_code = 0;
    std::string message;           ///< rclone's own words about the trouble
    FileActions actions;           ///< what it did until then
    std::vector<std::string> out;  ///< lines on its standard output
    std::string command;           ///< for people; no secrets are in it

    [[nodiscard]] bool succeeded() const noexcept { return trouble == RcloneTrouble::none; }
};

/// What a line of the log says about a run that fails; `none` for one that says nothing. Pure.
RcloneTrouble trouble_in(std::string_view message);

/// What all runs of one command share.
struct RcloneSetup {
    RcloneProgram program;
    std::filesystem::path config_file;  ///< rclone.conf
    std::optional<std::filesystem::path> ca_cert = {};
    bool is_tigris = false;  ///< the storage wants a header for consistent listings
    std::vector<std::string> environment = {};  ///< of this process
    StopRequest stop = {};
    std::chrono::milliseconds grace = std::chrono::seconds(90);
    std::function<void(const RcloneStats&)> progress = {};
};

/// One command of rclone.
struct RcloneCall {
    std::vector<std::string> arguments;   ///< command, sides and flags of its own
    std::string input = {};               ///< for `--files-from-raw -`
    std::filesystem::path log_file = {};  ///< gets its log, replaced; empty: not kept
    /// An exit code that is an answer and no failure (`check` has 1 for differences).
    std::optional<int> also_fine = {};
};

/// Runs rclone to its end and tells what became of it. Throws only when this machine has no means
/// left.
RcloneOutcome run_rclone(const RcloneSetup& setup, const RcloneCall& call);

/// Its arguments, as they are given to the program.
std::vector<std::string> rclone_arguments(const RcloneSetup& setup, const RcloneCall& call);

/// The trouble as people hear it; `doing` names what was going on, `endpoint` the storage.
CloudFailure failure_of(const RcloneOutcome& outcome, std::string_view endpoint);

}  // namespace bm
