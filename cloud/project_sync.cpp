#include "cloud/project_sync.hpp"

#include <algorithm>
#include <chrono>
#include <fstream>
#include <iterator>

#include <fcntl.h>
#include <nlohmann/json.hpp>
#include <unistd.h>

#include "cloud/project_parts.hpp"
#include "cloud/remote_listing.hpp"
#include "cloud/scope_memory.hpp"
#include "cloud/scope_state.hpp"
#include "cloud/shell_word.hpp"
#include "cloud/two_way_run.hpp"
#include "markdown/text.hpp"
#include "repository/file_status.hpp"

namespace bm {

namespace fs = std::filesystem;

namespace {

/// A path below a project as rclone takes it, without slashes around it.
CloudResult<std::string> inner_path(const std::string& path) {
    std::string inner = path;
    while (inner.ends_with('/')) inner.pop_back();
    bool leads_out = path.starts_with('/');
    for (const auto segment : split(inner, '/')) leads_out = leads_out || segment == "..";
    if (leads_out) {
        return cloud_fail(CloudFault::usage, "Path must stay inside the project: " + path);
    }
    return inner;
}

std::string below(const std::string& remote, const std::string& path) {
    return path.empty() ? remote : remote + "/" + path;
}

/// What is at a place in the cloud; none when there is nothing.
CloudResult<std::optional<ListedFile>> stat_remote(const ReadyRclone& rclone,
                                                   const std::string& place) {
    RcloneCall call;
    call.arguments = {"lsjson", "--stat", "--no-mimetype", place};
    const auto outcome = run_rclone(rclone.setup, call);
    if (outcome.trouble == RcloneTrouble::directory_not_found || outcome.exit_code == 4) {
        return std::nullopt;
    }
    if (!outcome.succeeded()) {
        return tl::unexpected(failure_of(outcome, rclone.remote.endpoint));
    }
    const auto object = nlohmann::json::parse(join(outcome.out, "\n"), nullptr, false);
    if (!object.is_object()) return std::nullopt;
    ListedFile file;
    file.is_folder = object.value("IsDir", false);
    return file;
}

bool is_just_changed(const fs::path& file, Timestamp now) {
    const auto status = status_of(AT_FDCWD, file.string());
    return status && now - timestamp_from_ns(status->stamp.mtime_ns) < std::chrono::seconds(2);
}

}  // namespace

CloudResult<CloudScope> scope_of_project(SyncContext& context, const HostView& view,
                                         const std::string& name) {
    const auto* project = view.find(name);
    if (project == nullptr) return no_such_project(name);
    const auto* attached = context.settings.find_attached(project->name);
    if (attached == nullptr || attached->local_path.empty()) {
        return cloud_fail(
            CloudFault::no_local_path, "Project " + name + " has no local_sync_path configured",
            "Configure sync with: bm project sync-setup " + shell_word(name) + " ~/path/to/local");
    }
    auto warnings =
        check_root(context.settings, attached->local_path, attached->name, context.mounts);
    if (!warnings) return tl::unexpected(warnings.error());
    for (const auto& warning : *warnings) context.tell("Warning: " + warning);
    return project_scope(context.settings, view.tenant, *project, attached->local_path);
}

CloudReport bisync_project(SyncContext& context, const HostView& view, const std::string& name,
                           const SyncWish& wish) {
    CloudReport report;
    report.project = name;
    report.dry_run = wish.dry_run;
    report.resync = wish.resync;
    report.profile = wish.profile;
    const auto rclone = ready_rclone(context, RcloneNeed::two_way);
    const auto moved = finished_moves(context, view, wish.dry_run);
    auto scope = rclone ? scope_of_project(context, view, name)
                        : CloudResult<CloudScope>(tl::unexpected(rclone.error()));
    if (!moved) scope = tl::unexpected(moved.error());
    const auto filter = scope ? filter_of(context, *scope)
                              : CloudResult<ScopeFilter>(tl::unexpected(scope.error()));
    if (!filter) {
        report.failure = filter.error();
        return report;
    }
    report = run_two_way(context, *rclone, *scope, *filter, wish);
    if (!report.ok() || report.dry_run) return report;
    const auto noted = context.config.note_sync(scope->project, context.now_text(), true);
    if (!noted) report.warnings.push_back(noted.error().message);
    if (!report.actions.is_empty() || report.resync) {
        notify_index(context, {*view.find(name)}, report);
    }
    return report;
}

CloudResult<SideComparison> compare_scope(SyncContext& context, const CloudScope& scope,
                                          const ScopeFilter& filter, bool one_way) {
    const auto rclone = ready_rclone(context, RcloneNeed::one_way);
    if (!rclone) return tl::unexpected(rclone.error());
    const fs::path filter_file = scope.state / ("check-" + std::to_string(::getpid()) + ".txt");
    if (auto placed = place_filter(scope, filter, filter_file); !placed) {
        return tl::unexpected(placed.error());
    }
    RcloneCall call;
    call.arguments = {"check",
                      scope.local_root.string(),
                      scope.remote,
                      "--filter-from",
                      filter_file.string(),
                      "--combined",
                      "-"};
    if (one_way) call.arguments.emplace_back("--one-way");
    call.also_fine = 1;
    const auto outcome = run_rclone(rclone->setup, call);
    std::error_code ignored;
    fs::remove(filter_file, ignored);
    SideComparison found;
    found.command = outcome.command;
    for (const auto& line : outcome.out) {
        if (line.size() < 3 || line[1] != ' ') continue;
        const std::string path = line.substr(2);
        if (line[0] == '+') found.only_local.push_back(path);
        if (line[0] == '-') found.only_cloud.push_back(path);
        if (line[0] == '*') found.different.push_back(path);
        if (line[0] == '!') found.unreadable.push_back(path);
    }
    // It ends with 1 for differences and for failures alike: only lines tell which.
    const bool tells_differences = !found.is_equal() && found.unreadable.empty();
    if (outcome.exit_code != 0 && !tells_differences) {
        return tl::unexpected(failure_of(outcome, rclone->remote.endpoint));
    }
    for (const auto* list : {&found.only_local, &found.different}) {
        for (const auto& path : *list) {
            if (is_just_changed(scope.local_root / path, context.clock())) {
                found.just_changed.push_back(path);
            }
        }
    }
    return found;
}

CloudResult<SideComparison> compare_project(SyncContext& context, const HostView& view,
                                            const std::string& name, bool one_way) {
    const auto scope = scope_of_project(context, view, name);
    if (!scope) return tl::unexpected(scope.error());
    const auto filter = filter_without_links(context, *scope);
    if (!filter) return tl::unexpected(filter.error());
    return compare_scope(context, *scope, *filter, one_way);
}

CloudResult<FileSet> list_project(SyncContext& context, const HostView& view,
                                  const std::string& name, const std::string& path) {
    const auto* project = view.find(name);
    if (project == nullptr) return no_such_project(name);
    const auto inner = inner_path(path);
    if (!inner) return tl::unexpected(inner.error());
    const auto rclone = ready_rclone(context, RcloneNeed::one_way);
    if (!rclone) return tl::unexpected(rclone.error());
    const auto scope = project_scope(context.settings, view.tenant, *project, {});
    auto listed = list_side(rclone->setup, {below(scope.remote, *inner), {}, false, false, false});
    if (listed.outcome.trouble == RcloneTrouble::directory_not_found) return FileSet{};
    if (!listed.files) return tl::unexpected(failure_of(listed.outcome, rclone->remote.endpoint));
    return *std::move(listed.files);
}

CloudResult<std::string> copy_in_project(SyncContext& context, const HostView& view,
                                         const std::string& name, const CopyWish& wish) {
    const auto* project = view.find(name);
    if (project == nullptr) return no_such_project(name);
    const auto from = inner_path(wish.from);
    if (!from) return tl::unexpected(from.error());
    auto to = inner_path(wish.to);
    if (!to) return tl::unexpected(to.error());
    if (from->empty() || (to->empty() && wish.to.empty())) {
        return cloud_fail(CloudFault::usage, "Source and destination must not be empty.");
    }
    const auto rclone = ready_rclone(context, RcloneNeed::one_way);
    if (!rclone) return tl::unexpected(rclone.error());
    const auto remote = project_scope(context.settings, view.tenant, *project, {}).remote;
    const auto source = stat_remote(*rclone, below(remote, *from));
    if (!source) return tl::unexpected(source.error());
    if (!*source) {
        return cloud_fail(CloudFault::usage, "There is no '" + wish.from + "' in '" + name + "'.");
    }
    auto there = stat_remote(*rclone, below(remote, *to));
    if (!there) return tl::unexpected(there.error());
    if (wish.to.ends_with('/') || (*there && (*there)->is_folder)) {
        const std::string base = fs::path(*from).filename().string();
        to = to->empty() ? base : *to + "/" + base;
        there = stat_remote(*rclone, below(remote, *to));
        if (!there) return tl::unexpected(there.error());
    }
    if (*there && !wish.force) {
        return cloud_fail(CloudFault::usage, "'" + *to + "' exists already.",
                          "Replace it with --force.");
    }
    RcloneCall call;
    call.arguments = {(*source)->is_folder ? "copy" : "copyto", below(remote, *from),
                      below(remote, *to)};
    if (wish.dry_run) call.arguments.emplace_back("--dry-run");
    const auto outcome = run_rclone(rclone->setup, call);
    if (!outcome.succeeded()) {
        return tl::unexpected(failure_of(outcome, rclone->remote.endpoint));
    }
    return *to;
}

namespace {

/// Which projects were removed, and a folder that is on its way, are no part of what is forgotten.
CloudResult<void> keep_what_is_no_baseline(const CloudScope& scope,
                                           const std::optional<ScopeState>& state) {
    if (!state || (state->known_projects.empty() && !state->moving)) return {};
    ScopeState rest = fresh_state(scope);
    rest.session.clear();
    rest.known_projects = state->known_projects;
    rest.moving = state->moving;
    return write_scope_state(scope, rest);
}

}  // namespace

CloudResult<bool> reset_scope(const CloudScope& scope) {
    std::error_code ignored;
    const auto state = read_scope_state(scope);
    const bool was_there =
        (state ? !state->session.empty() : fs::exists(scope.state_file(), ignored)) ||
        fs::exists(scope.listing(1), ignored) || fs::exists(scope.listing(2), ignored);
    const auto cleared = clear_rclone_lock(scope);
    if (!cleared) return tl::unexpected(cleared.error());
    // Its words first: without them nothing else is believed.
    fs::remove(scope.state_file(), ignored);
    if (auto kept = keep_what_is_no_baseline(scope, state); !kept) {
        return tl::unexpected(kept.error());
    }
    remove_listings(scope);
    fs::remove_all(scope.backup(), ignored);
    fs::remove_all(scope.incoming(), ignored);
    fs::remove(scope.filter_file(), ignored);
    fs::remove(scope.log_file(), ignored);
    fs::remove(scope.state, ignored);  // unless there is trash
    return was_there;
}

}  // namespace bm
