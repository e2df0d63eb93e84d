#include "cloud/scope.hpp"

#include <algorithm>

#include "cloud/session_name.hpp"
#include "markdown/permalink.hpp"
#include "markdown/text.hpp"
#include "repository/checksum.hpp"

namespace bm {

namespace fs = std::filesystem;

namespace {

constexpr const char* kWaysOutOfMount =
    "Choose another directory with --dir, or unmount first: bm cloud unmount";

tl::unexpected<CloudFailure> overlap(const fs::path& path, const std::string& what) {
    return cloud_fail(CloudFault::overlap, path.string() + " overlaps " + what + ".",
                      "Choose a directory outside it.");
}

/// As people write it.
std::string with_tilde(const SyncSettings& settings, const fs::path& folder) {
    const std::string text = folder.string();
    const std::string home = settings.home.string() + "/";
    if (settings.home.empty() || !text.starts_with(home)) return text;
    return "~/" + text.substr(home.size());
}

CloudResult<void> check_mounts(const SyncSettings& settings, const fs::path& folder,
                               const fs::path& real, const MountLister& mounts) {
    if (!settings.mount_point.empty() && paths_overlap(real, resolved_path(settings.mount_point))) {
        return cloud_fail(CloudFault::mount_conflict,
                          "Cannot use " + with_tilde(settings, folder) +
                              " for bisync - it's the mount directory!",
                          kWaysOutOfMount);
    }
    if (!mounts) return {};
    for (const auto& mount : mounts()) {
        // What lies in a mount goes to the cloud already; what holds one would send it round.
        if (paths_overlap(real, mount)) {
            return cloud_fail(CloudFault::mount_conflict,
                              folder.string() + " is currently mounted via 'bm cloud mount'",
                              kWaysOutOfMount);
        }
    }
    return {};
}

}  // namespace

std::string CloudScope::session() const { return bisync_session_name(local_root.string(), remote); }

fs::path CloudScope::listing(int side) const {
    return state / (session() + ".path" + std::to_string(side) + ".lst");
}

fs::path CloudScope::listing_backup(int side) const {
    return backup() / ("path" + std::to_string(side) + ".lst");
}

fs::path CloudScope::rclone_lock() const { return state / (session() + ".lck"); }

CloudScope space_scope(const SyncSettings& settings, const HostTenant& tenant) {
    CloudScope scope;
    scope.is_space = true;
    scope.local_root = resolved_path(settings.sync_dir);
    scope.remote = std::string(kCloudRemote) + ":" + tenant.bucket;
    scope.state = settings.states() / tenant.tenant_id;
    scope.tenant_id = tenant.tenant_id;
    scope.bucket = tenant.bucket;
    return scope;
}

CloudScope project_scope(const SyncSettings& settings, const HostTenant& tenant,
                         const HostProject& project, const fs::path& local_path) {
    CloudScope scope;
    scope.project = project.name;
    scope.external_id = project.external_id;
    scope.dir = normalized_dir(project.dir);
    scope.local_root = local_path.empty() ? fs::path() : resolved_path(local_path);
    scope.remote = std::string(kCloudRemote) + ":" + tenant.bucket + "/" + scope.dir;
    scope.state = settings.states() / state_name(project.name, tenant.tenant_id);
    scope.tenant_id = tenant.tenant_id;
    scope.bucket = tenant.bucket;
    return scope;
}

std::string normalized_dir(std::string_view path) {
    const auto strip = [&path] {
        while (path.starts_with('/')) path.remove_prefix(1);
    };
    strip();
    constexpr std::string_view hosted = "app/data/";
    if (path.starts_with(hosted)) path.remove_prefix(hosted.size());
    strip();
    while (path.ends_with('/')) path.remove_suffix(1);
    return std::string(path);
}

std::string state_name(std::string_view project, std::string_view tenant_id) {
    constexpr std::size_t longest = 200;
    const bool has_odd = std::any_of(project.begin(), project.end(), [](char c) {
        return c == '/' || static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
    });
    const bool is_reserved = project == tenant_id || project == "tenant.json";
    if (!project.empty() && !has_odd && !project.starts_with('.') && !is_reserved &&
        project.size() <= longest) {
        return std::string(project);
    }
    std::string name = replace_all(slug(project), "/", "-");
    if (name.empty() || name.size() > longest) name = checksum_of(project).hex().substr(0, 32);
    return "p-" + name;
}

fs::path resolved_path(const fs::path& path) {
    std::error_code problem;
    auto real = fs::weakly_canonical(fs::absolute(path), problem);
    if (problem) real = fs::absolute(path).lexically_normal();
    // A slash at the end would give an empty last segment.
    return real.has_filename() || real == real.root_path() ? real : real.parent_path();
}

bool paths_overlap(const fs::path& one, const fs::path& other) {
    const auto [first, second] = std::mismatch(one.begin(), one.end(), other.begin(), other.end());
    return first == one.end() || second == other.end();
}

CloudResult<std::vector<std::string>> check_root(const SyncSettings& settings,
                                                 const fs::path& folder, std::string_view project,
                                                 const MountLister& mounts) {
    const fs::path real = resolved_path(folder);
    const fs::path home = resolved_path(settings.home);
    const auto [first, second] = std::mismatch(real.begin(), real.end(), home.begin(), home.end());
    if (real == real.root_path() || (!settings.home.empty() && first == real.end())) {
        return cloud_fail(CloudFault::overlap,
                          folder.string() + " is or holds your home directory.",
                          "Choose a directory of its own.");
    }
    if (auto fine = check_mounts(settings, folder, real, mounts); !fine) {
        return tl::unexpected(fine.error());
    }
    if (paths_overlap(real, resolved_path(settings.data_directory))) {
        return overlap(folder, "the data directory " + settings.data_directory.string());
    }
    if (!project.empty() && !settings.sync_dir.empty() &&
        paths_overlap(real, resolved_path(settings.sync_dir))) {
        return overlap(folder, "the cloud sync directory " + settings.sync_dir.string());
    }
    for (const auto& other : settings.attached) {
        if (other.name == project || other.local_path.empty()) continue;
        if (paths_overlap(real, resolved_path(other.local_path))) {
            return overlap(folder, "the local path of project '" + other.name + "' (" +
                                       other.local_path.string() + ")");
        }
    }
    for (const auto& locked : settings.read_only) {
        if (!paths_overlap(real, resolved_path(locked))) continue;
        return cloud_fail(CloudFault::overlap,
                          folder.string() + " is the folder of a read-only project (" +
                              locked.string() + "), and a sync would change it.",
                          "Keep the project of the cloud in another folder, or allow changes: "
                          "bm project add NAME FOLDER --read-only=false");
    }
    std::vector<std::string> warnings;
    for (const auto& local : settings.local_projects) {
        if (!local.empty() && paths_overlap(real, resolved_path(local))) {
            warnings.push_back(folder.string() + " is used by a project of local mode too (" +
                               local.string() + ")");
        }
    }
    return warnings;
}

}  // namespace bm
