#include "cloud/attachment.hpp"

#include <unistd.h>

#include "cloud/folder_move.hpp"
#include "cloud/project_sync.hpp"
#include "cloud/scope_memory.hpp"
#include "cloud/scope_state.hpp"
#include "repository/folder_walk.hpp"

namespace bm {

namespace fs = std::filesystem;

namespace {

bool holds_something(const fs::path& folder) {
    std::error_code ignored;
    return fs::exists(folder, ignored) && !fs::is_empty(folder, ignored);
}

/// What the space remembers of a folder that is not its own any more, or not yet again, would be
/// taken for deletions.
CloudResult<void> forget_in_space(SyncContext& context, const CloudScope& space,
                                  const std::string& dir) {
    auto state = read_scope_state(space);
    if (!state || dir.empty()) return {};
    const bool is_free = !state->in_progress.has_value();
    if (is_free) {
        if (read_baseline(space)) {
            if (auto copied = back_up_baseline(space); !copied) return copied;
        }
        state->in_progress =
            RunInProgress{static_cast<int>(::getpid()), "", "attach", context.now_text()};
        if (auto written = write_scope_state(space, *state); !written) return written;
    }
    if (auto forgotten = forget_folder(space, dir); !forgotten) return forgotten;
    if (!is_free) return {};
    state->in_progress.reset();
    return write_scope_state(space, *state);
}

fs::path detached_place(const SyncContext& context, const CloudScope& space,
                        const std::string& dir) {
    return space.detached() / (dir + "-" + context.now_stamp());
}

/// The folder was moved by hand: both listings hold relative names only, so they stay true.
bool take_baseline_along(const CloudScope& before, const CloudScope& now) {
    auto state = read_scope_state(before);
    if (!state || !is_initialized(before, state) || !read_baseline(before)) return false;
    std::error_code problem;
    for (const int side : {1, 2}) {
        fs::rename(before.listing(side), now.listing(side), problem);
        if (problem) return false;
    }
    state->session = now.session();
    state->local_root = now.local_root.string();
    return write_scope_state(now, *state).has_value();
}

/// Whether a folder holds most of what was synced in the one before. Where it does not, the disk of
/// that one may just not be mounted, and what is missing would be deleted in the cloud.
bool knows_most_of(const SyncContext& context, const CloudScope& before, const fs::path& folder) {
    const auto baseline = read_baseline(before);
    if (!baseline) return false;
    std::size_t files = 0;
    std::size_t found = 0;
    std::error_code ignored;
    for (const auto& [path, file] : baseline->local) {
        if (file.is_folder) continue;
        ++files;
        found += fs::exists(folder / path, ignored) ? 1 : 0;
    }
    if (found * 2 >= files) return true;
    return context.ask &&
           context.ask(folder.string() + " has " + std::to_string(found) + " of the " +
                       std::to_string(files) +
                       " files that were synced. Are the others to be deleted in the cloud?");
}

CloudResult<void> change_folder(SyncContext& context, const HostView& view,
                                const HostProject& project, const AttachedProject& old,
                                const fs::path& folder, std::vector<std::string>& done) {
    const auto before = project_scope(context.settings, view.tenant, project, old.local_path);
    const auto now = project_scope(context.settings, view.tenant, project, folder);
    if (before.local_root == now.local_root) return {};
    std::error_code ignored;
    const bool was_moved = !fs::exists(before.local_root, ignored) && holds_something(folder);
    if (was_moved && knows_most_of(context, before, folder) && take_baseline_along(before, now)) {
        done.emplace_back("The folder was moved: its sync state is kept.");
        return {};
    }
    const auto reset = reset_scope(before);
    if (!reset) return tl::unexpected(reset.error());
    return {};
}

/// Out of the space, in an order in which a crash at any point is finished or undone later.
CloudResult<void> leave_space(SyncContext& context, const CloudScope& space,
                              const HostProject& project, const fs::path& folder,
                              std::vector<std::string>& done) {
    const auto from = space.local_root / project.dir;
    const bool moves = holds_something(from);
    auto state = read_scope_state(space).value_or(fresh_state(space));
    const auto to = holds_something(folder) ? detached_place(context, space, project.dir) : folder;
    if (moves) {
        state.moving = FolderMove{project.name, from.string(), to.string()};
        if (auto written = write_scope_state(space, state); !written) return written;
    }
    if (auto attached = context.config.attach(project.name, folder); !attached) return attached;
    if (!moves) return forget_in_space(context, space, project.dir);
    if (auto moved = move_folder(from, to); !moved) return moved;
    done.push_back("Moved " + from.string() + " to " + to.string());
    if (auto forgotten = forget_in_space(context, space, project.dir); !forgotten) {
        return forgotten;
    }
    state.moving.reset();
    return write_scope_state(space, state);
}

}  // namespace

CloudResult<std::vector<std::string>> attach_project(SyncContext& context, const HostView& view,
                                                     const std::string& name,
                                                     const fs::path& folder) {
    const auto* project = view.find(name);
    if (project == nullptr) {
        return cloud_fail(CloudFault::project_not_found,
                          "Project '" + name + "' not found on cloud", "See: bm project list");
    }
    const auto unfinished = finish_moves(context, view);
    if (!unfinished) return tl::unexpected(unfinished.error());
    auto warnings = check_root(context.settings, folder, project->name, context.mounts);
    if (!warnings) return tl::unexpected(warnings.error());
    std::vector<std::string> done;
    for (const auto& warning : *warnings) done.push_back("Warning: " + warning);
    const auto* old = context.settings.find_attached(project->name);
    if (old != nullptr && !old->local_path.empty()) {
        auto changed = change_folder(context, view, *project, *old, folder, done);
        if (changed) changed = context.config.attach(project->name, folder);
        if (!changed) return tl::unexpected(changed.error());
    } else {
        const auto space = space_scope(context.settings, view.tenant);
        auto left = leave_space(context, space, *project, folder, done);
        if (!left) return tl::unexpected(left.error());
    }
    if (const int error = make_folders(folder, 0777); error != 0) {
        return cloud_fail(CloudFault::local_io,
                          folder.string() + " could not be made: " + reason_of(error));
    }
    if (auto loaded = context.config.load()) context.settings = *std::move(loaded);
    return done;
}

CloudResult<std::vector<std::string>> detach_project(SyncContext& context, const HostView& view,
                                                     const std::string& name) {
    const auto unfinished = finish_moves(context, view);
    if (!unfinished) return tl::unexpected(unfinished.error());
    const auto* attached = context.settings.find_attached(name);
    if (attached == nullptr) {
        return cloud_fail(CloudFault::no_local_path,
                          "Project " + name + " has no local_sync_path configured");
    }
    const AttachedProject old = *attached;
    const std::string dir = dir_of_attached(context, view, old);
    // What lies there is older than the last sync: it would bring back what was deleted since then.
    auto done = set_aside(context, space_scope(context.settings, view.tenant), dir);
    if (!done) return done;
    if (auto gone = context.config.detach(old.name); !gone) return tl::unexpected(gone.error());
    const auto scope =
        project_scope(context.settings, view.tenant, {old.name, "", dir, false}, old.local_path);
    if (const auto reset = reset_scope(scope); !reset) return tl::unexpected(reset.error());
    done->push_back("Note: Local files remain at " + old.local_path.string());
    if (auto loaded = context.config.load()) context.settings = *std::move(loaded);
    return done;
}

CloudResult<std::vector<std::string>> set_aside(SyncContext& context, const CloudScope& space,
                                                const std::string& dir) {
    std::vector<std::string> done;
    if (dir.empty()) return done;
    if (const auto from = space.local_root / dir; holds_something(from)) {
        const auto to = detached_place(context, space, dir);
        if (auto moved = move_folder(from, to); !moved) return tl::unexpected(moved.error());
        done.push_back("Moved " + from.string() + " to " + to.string());
    }
    if (auto forgotten = forget_in_space(context, space, dir); !forgotten) {
        return tl::unexpected(forgotten.error());
    }
    return done;
}

CloudResult<bool> finish_moves(SyncContext& context, const HostView& view) {
    const auto space = space_scope(context.settings, view.tenant);
    auto state = read_scope_state(space);
    if (!state || !state->moving) return false;
    const FolderMove move = *state->moving;
    // Before the configuration knew of it nothing had been moved.
    const bool is_attached = context.settings.find_attached(move.project) != nullptr;
    const fs::path aside = moving_place(move.from);
    if (is_attached && (holds_something(move.from) || holds_something(aside))) {
        const bool is_taken = holds_something(move.to) && !is_same_tree(aside, move.to);
        const fs::path to = is_taken
                                ? detached_place(context, space, fs::path(move.from).filename())
                                : fs::path(move.to);
        if (auto moved = move_folder(move.from, to); !moved) return tl::unexpected(moved.error());
        context.tell("Moved " + move.from + " to " + to.string());
    }
    if (is_attached) {
        const auto dir = fs::path(move.from).lexically_relative(space.local_root).string();
        if (auto forgotten = forget_in_space(context, space, dir); !forgotten) {
            return tl::unexpected(forgotten.error());
        }
    }
    state->moving.reset();
    if (auto written = write_scope_state(space, *state); !written) {
        return tl::unexpected(written.error());
    }
    return true;
}

}  // namespace bm
