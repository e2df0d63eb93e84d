#include "cloud/old_state.hpp"

#include <fstream>
#include <vector>

#include <sys/stat.h>

#include "cloud/bisync_listing.hpp"
#include "cloud/scope_memory.hpp"
#include "cloud/scope_state.hpp"
#include "cloud/session_name.hpp"
#include "markdown/text.hpp"
#include "repository/folder_walk.hpp"

namespace bm {

namespace fs = std::filesystem;

namespace {

constexpr std::string_view kFirstListing = ".path1.lst";
constexpr std::string_view kSecondListing = ".path2.lst";

/// The session of the only pair of listings in a folder; empty when there are none or more.
std::string only_session(const fs::path& folder) {
    std::string session;
    std::size_t first = 0;
    std::size_t second = 0;
    std::error_code ignored;
    for (const auto& entry : fs::directory_iterator(folder, ignored)) {
        const std::string name = entry.path().filename().string();
        if (name.ends_with(kSecondListing)) ++second;
        if (!name.ends_with(kFirstListing)) continue;
        ++first;
        session = name.substr(0, name.size() - kFirstListing.size());
    }
    const bool is_pair =
        first == 1 && second == 1 && fs::exists(folder / (session + std::string(kSecondListing)));
    return is_pair ? session : std::string();
}

/// What only we leave there. Without a state of ours somebody has given the listings up, or was
/// about to: nothing of them is believed then.
bool is_left_by_us(const CloudScope& scope) {
    std::error_code ignored;
    return fs::exists(scope.state_file(), ignored) || fs::exists(scope.filter_file(), ignored) ||
           fs::exists(scope.log_file(), ignored) || fs::exists(scope.listing_backup(1), ignored);
}

/// As the session was called while the remote had its old name.
std::string old_session(const CloudScope& scope) {
    return bisync_session_name(scope.local_root.string(),
                               old_remote_name(scope.tenant_id) + ":" + scope.bucket);
}

CloudResult<void> rename_listing(const fs::path& from, const fs::path& to) {
    std::error_code problem;
    fs::rename(from, to, problem);
    if (!problem) return {};
    return cloud_fail(CloudFault::local_io,
                      from.string() + " could not be renamed: " + problem.message());
}

/// Both listings under the name that they have here.
CloudResult<void> take_listings(const CloudScope& scope, const std::string& session) {
    const fs::path first = scope.state / (session + std::string(kFirstListing));
    const fs::path second = scope.state / (session + std::string(kSecondListing));
    if (auto done = rename_listing(first, scope.listing(1)); !done) return done;
    if (auto done = rename_listing(second, scope.listing(2)); !done) {
        // Half a pair would be nobody's.
        static_cast<void>(rename_listing(scope.listing(1), first));
        return done;
    }
    return {};
}

CloudResult<void> begin_state(const CloudScope& scope, const ScopeBaseline& baseline) {
    auto state = fresh_state(scope);
    // Nobody knows any more when it was.
    state.baseline = ScopeState::Baseline{count_files(baseline.local), count_files(baseline.remote),
                                          std::string()};
    // Nobody else reads what is in there.
    ::chmod(scope.state.c_str(), 0700);
    return write_scope_state(scope, state);
}

}  // namespace

std::string old_remote_name(std::string_view tenant_id) {
    return "basic-memory-" + std::string(tenant_id);
}

CloudResult<bool> adopt_old_state(const CloudScope& scope) {
    if (is_left_by_us(scope)) return false;
    const std::string session = only_session(scope.state);
    if (session.empty()) return false;
    // Listings of another folder would make what is missing here look deleted.
    const bool is_ours = session == scope.session();
    if (!is_ours && !(scope.is_space && session == old_session(scope))) return false;
    if (!is_ours) {
        if (auto done = take_listings(scope, session); !done) return tl::unexpected(done.error());
    }
    const auto baseline = read_baseline(scope);
    if (!baseline) return false;
    if (auto done = begin_state(scope, *baseline); !done) return tl::unexpected(done.error());
    return true;
}

CloudResult<void> adopt_old_states(SyncContext& context, const HostView& view) {
    std::vector<CloudScope> scopes{space_scope(context.settings, view.tenant)};
    for (const auto& project : view.projects) {
        const auto* attached = context.settings.find_attached(project.name);
        if (attached == nullptr || attached->name != project.name) continue;
        scopes.push_back(
            project_scope(context.settings, view.tenant, project, attached->local_path));
    }
    for (const auto& scope : scopes) {
        const auto adopted = adopt_old_state(scope);
        if (!adopted) return tl::unexpected(adopted.error());
        if (*adopted) {
            context.tell("Took over the sync state of " +
                         (scope.is_space ? "the space" : "project '" + scope.project + "'") +
                         " from an older set-up");
        }
    }
    return {};
}

bool has_rclone_section(const fs::path& file, std::string_view name) {
    std::ifstream in(file);
    const std::string wanted = "[" + std::string(name) + "]";
    for (std::string line; std::getline(in, line);) {
        if (trim(line) == wanted) return true;
    }
    return false;
}

}  // namespace bm
