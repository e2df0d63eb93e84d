#pragma once

#include <optional>
#include <string>

#include "cloud/cloud_failure.hpp"
#include "cloud/file_set.hpp"
#include "cloud/scope.hpp"
#include "cloud/scope_state.hpp"
#include "repository/clock.hpp"

namespace bm {

/// Both sides as they were when they last agreed.
struct ScopeBaseline {
    FileSet local;
    FileSet remote;
};

/// What rclone remembers of a scope; none when a listing is missing or torn, or when the two do not
/// name the same files: then they are not of one run.
std::optional<ScopeBaseline> read_baseline(const CloudScope& scope);

/// Copies both listings, durably, so that a run that goes wrong can be undone.
CloudResult<void> back_up_baseline(const CloudScope& scope);
/// Puts the copies in place of the listings; false when they are not whole.
bool restore_baseline(const CloudScope& scope);

/// Takes a folder of the scope out of what both sides agreed on, in the listings and their copies:
/// what is missing there afterwards is no deletion. Fault::local_io; may be repeated.
CloudResult<void> forget_folder(const CloudScope& scope, const std::string& folder);

/// Takes away what dry runs and failed runs of rclone leave behind.
void remove_leftovers(const CloudScope& scope);
/// Only what a dry run leaves: a real one may go on beside it.
void remove_dry_files(const CloudScope& scope);
/// Takes away rclone's memory of the scope.
void remove_listings(const CloudScope& scope);

/// Takes away a lock of rclone whose process is gone; true when there was one. A process that a
/// killed command of ours has left behind is ended. Fault::locked while another one runs.
CloudResult<bool> clear_rclone_lock(const CloudScope& scope);

/// Removes what has been in the trash for longer than so many days.
void prune_trash(const CloudScope& scope, int days, Timestamp now);

/// Of what a run has put into its trash, removes what is the version that both sides had agreed on:
/// for profiles that keep no trash. Other versions stay, as nobody else may have them.
void drop_agreed_versions(const std::filesystem::path& trash, const FileSet& agreed);

}  // namespace bm
