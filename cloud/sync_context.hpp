#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "cloud/host_api.hpp"
#include "cloud/rclone_run.hpp"
#include "cloud/sync_report.hpp"
#include "cloud/sync_settings.hpp"
#include "repository/clock.hpp"
#include "repository/log.hpp"

namespace bm {

/// The rules of one project, which hold below its folder only.
struct FilterProject {
    std::string dir;   ///< as seen from the root that is synced; empty: the root itself
    std::string text;  ///< of its .bmignore
};

/// What rclone's --filter-from is given, and the same rules for names that we look at ourselves.
struct ScopeFilter {
    std::string text;
    std::function<bool(std::string_view path)> excludes;
    std::vector<std::string> problems = {};
    /// The user's rules turned over: lets in what they leave out, and nothing else.
    std::string inverted = {};
    bool excludes_everything = false;
    /// Whether the user's rules, and nobody's else, leave it out.
    std::function<bool(std::string_view path)> prunes = {};
    /// Whether a rule leaves out whatever is in a folder; empty: none is known to.
    std::function<bool(std::string_view folder)> excludes_all_in = {};
    /// Links below the root that the rules leave out besides.
    std::vector<std::string> links = {};
    std::string links_warning = {};  ///< about those; not one of the problems
};
/// Makes it from the user's rules, which it knows, those of projects and folders of other scopes.
/// Fault::local_io when the user's cannot be read: what they leave out must not go up.
using FilterMaker = std::function<CloudResult<ScopeFilter>(
    const std::vector<FilterProject>& projects, const std::vector<std::string>& attached_dirs)>;

/// What a run in both directions is asked to do.
struct SyncWish {
    std::string profile;  ///< one of kSyncProfiles
    std::string command;  ///< as the user typed it, for hints: `bm cloud bisync`
    bool dry_run = false;
    bool resync = false;
    bool force = false;            ///< no limit to deletions
    bool yes = false;              ///< the answer to every question
    bool delete_excluded = false;  ///< one-way sync: also what the filter hides in the cloud
};

/// What all commands of the cloud work with. One thread.
struct SyncContext {
    SyncSettings settings;
    SyncConfig& config;
    HostApi& host;
    FilterMaker make_filter;
    Clock clock;
    Log log;
    StopRequest stop = {};
    std::function<void(const RcloneStats&)> progress = {};
    /// Asks the person at the terminal; empty where nobody can be asked.
    std::function<bool(const std::string& question)> ask = {};
    /// Sentences for people, as they become true; warnings too.
    std::function<void(const std::string& line)> say = {};
    MountLister mounts = rclone_mounts;
    std::chrono::milliseconds stop_grace = std::chrono::seconds(90);
    std::chrono::milliseconds retry_pause = std::chrono::seconds(2);

    [[nodiscard]] std::string now_text() const { return iso8601_utc(clock()); }
    /// The time in the names of files: `20261130T061036Z`.
    [[nodiscard]] std::string now_stamp() const;
    void tell(const std::string& line) const {
        if (say) say(line);
    }
};

/// rclone as this command runs it: found, new enough, with our section in its configuration.
struct ReadyRclone {
    RcloneSetup setup;
    RemoteSection remote;
};
CloudResult<ReadyRclone> ready_rclone(const SyncContext& context, RcloneNeed need);

}  // namespace bm
