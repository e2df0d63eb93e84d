#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cloud/cloud_failure.hpp"
#include "cloud/scope.hpp"

namespace bm {

/// A run that began and has not said how it ended.
struct RunInProgress {
    int pid = 0;
    std::string command;
    std::string phase;  ///< resync, run, delete or attach
    std::string started_at;
    friend bool operator==(const RunInProgress&, const RunInProgress&) = default;
};

/// A project as the last sync of the space has seen it.
struct KnownProject {
    std::string dir;
    std::string name;
    std::string external_id;
    bool removed = false;  ///< not on the host any more, and not to be registered again
    friend bool operator==(const KnownProject&, const KnownProject&) = default;
};

/// A folder that is on its way out of the space.
struct FolderMove {
    std::string project;
    std::string from;
    std::string to;
    friend bool operator==(const FolderMove&, const FolderMove&) = default;
};

/// What is true of a scope (state.json). Where the configuration says otherwise, this decides.
struct ScopeState {
    struct Baseline {
        std::size_t local_files = 0;
        std::size_t remote_files = 0;
        std::string time;
        friend bool operator==(const Baseline&, const Baseline&) = default;
    };
    struct LastResult {
        bool ok = false;
        std::string code;
        std::string message;
        std::string time;
        friend bool operator==(const LastResult&, const LastResult&) = default;
    };
    bool is_space = false;
    std::string project;
    std::string tenant_id;
    std::string bucket;
    std::string external_id = {};
    std::string local_root;
    std::string remote;
    std::string session;
    std::string rclone_version;
    std::string profile;
    std::string filter_sha256;
    std::string links_sha256 = {};  ///< of the links that were told of; empty: there were none
    std::optional<Baseline> baseline = {};
    std::optional<std::string> last_sync = {};
    std::optional<LastResult> last_result = {};
    std::optional<RunInProgress> in_progress = {};
    std::vector<KnownProject> known_projects = {};
    std::optional<FolderMove> moving = {};

    friend bool operator==(const ScopeState&, const ScopeState&) = default;
};

/// A new state for a scope that has none.
ScopeState fresh_state(const CloudScope& scope);

/// None when there is none or it cannot be read: then the scope counts as not initialised.
std::optional<ScopeState> read_scope_state(const CloudScope& scope);

/// Durable and whole; makes the state directory (0700). Fault::local_io.
CloudResult<void> write_scope_state(const CloudScope& scope, const ScopeState& state);

/// The text of state.json and back; none for a text that is no state. Pure.
std::string scope_state_text(const ScopeState& state);
std::optional<ScopeState> parse_scope_state(std::string_view text);

/// Whether this is the state of this scope, and not of one that had its place before: of another
/// account, or of a project of the same name that was removed since.
bool is_state_of(const ScopeState& state, const CloudScope& scope);

/// Whether the scope has a baseline to start from: a state of the same session, and both listings.
bool is_initialized(const CloudScope& scope, const std::optional<ScopeState>& state);

}  // namespace bm
