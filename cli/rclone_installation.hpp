#pragma once

#include <string>
#include <vector>

#include "cli/application.hpp"
#include "cloud/rclone_program.hpp"
#include "cloud/sync_settings.hpp"

namespace bm {

/// What the user allows when a program has to be installed.
struct InstallWishes {
    bool yes = false;         ///< without asking
    bool no_install = false;  ///< nothing at all
};

/// The rclone of this machine for syncs in both directions. Where there is none, it offers the
/// package of the distribution unless that is known to be too old; where that is no way, or rclone
/// here is too old, the official release, which replaces nothing of the system. Installs what is
/// agreed to (spec/cli-cloud.md 3.13, which knows packages only: those of many distributions are
/// too old). One that can copy one way only comes back with a warning that says where a newer one
/// is. CloudFault::rclone_missing says how to install it by hand.
CloudResult<RcloneProgram> rclone_for_setup(Application& application, const SyncSettings& settings,
                                            const InstallWishes& wishes);

/// A package manager, and what it is called with.
struct PackageManager {
    std::string_view program;
    std::vector<std::string> install;  ///< arguments that install rclone without asking again
    bool needs_root;
};
/// Those that we know, in the order in which they are looked for.
const std::vector<PackageManager>& package_managers();

/// The version that `apt-cache policy rclone` says would be installed; none where there is no such
/// package. Pure.
std::optional<RcloneVersion> candidate_version(std::string_view policy);

}  // namespace bm
