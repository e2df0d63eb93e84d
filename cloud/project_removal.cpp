#include "cloud/project_removal.hpp"

#include <algorithm>

#include "cloud/attachment.hpp"
#include "cloud/project_sync.hpp"
#include "cloud/scope_state.hpp"

namespace bm {

namespace fs = std::filesystem;

namespace {

/// Whether a folder is the project's alone.
CloudResult<void> check_deletable(const SyncContext& context, const AttachedProject& project) {
    const auto checked =
        check_root(context.settings, project.local_path, project.name, context.mounts);
    if (!checked) return tl::unexpected(checked.error());
    if (checked->empty()) return {};
    return cloud_fail(CloudFault::overlap, "Nothing was deleted: " + checked->front() + ".",
                      "Remove the project without --delete-notes.");
}

/// Not to be made a project again by the files that may be left of it.
CloudResult<void> remember_removal(const CloudScope& space, const HostProject& project) {
    auto state = read_scope_state(space);
    if (!state) return {};
    auto& known = state->known_projects;
    std::erase_if(known, [&](const KnownProject& each) { return each.dir == project.dir; });
    known.push_back({project.dir, project.name, project.external_id, true});
    return write_scope_state(space, *state);
}

CloudResult<void> forget_attached(SyncContext& context, const CloudScope& scope, bool delete_notes,
                                  std::vector<std::string>& done) {
    if (delete_notes) {
        std::error_code problem;
        fs::remove_all(scope.local_root, problem);
        done.push_back(problem ? "Warning: " + scope.local_root.string() +
                                     " could not be removed: " + problem.message()
                               : "Removed local sync directory: " + scope.local_root.string());
    }
    const auto reset = reset_scope(scope);
    if (!reset) return tl::unexpected(reset.error());
    if (*reset) done.emplace_back("Removed bisync state");
    if (auto gone = context.config.detach(scope.project); !gone) return gone;
    if (!delete_notes) {
        done.push_back("Note: Local files remain at " + scope.local_root.string());
    }
    return {};
}

}  // namespace

CloudResult<std::vector<std::string>> remove_project(SyncContext& context, const HostView& view,
                                                     const HostProject& project,
                                                     bool delete_notes) {
    const auto unfinished = finish_moves(context, view);
    if (!unfinished) return tl::unexpected(unfinished.error());
    std::optional<AttachedProject> attached;
    for (const auto& each : context.settings.attached) {
        if (each.name == project.name) attached = each;
    }
    if (attached && delete_notes) {
        if (auto fine = check_deletable(context, *attached); !fine) {
            return tl::unexpected(fine.error());
        }
    }
    const auto message = context.host.remove_project(project, delete_notes);
    if (!message) return tl::unexpected(message.error());
    std::vector<std::string> done{*message};
    const auto scope = project_scope(context.settings, view.tenant, project,
                                     attached ? attached->local_path : fs::path());
    if (attached) {
        auto forgotten = forget_attached(context, scope, delete_notes, done);
        if (!forgotten) return tl::unexpected(forgotten.error());
    } else if (const auto reset = reset_scope(scope); !reset) {
        return tl::unexpected(reset.error());
    }
    const auto space = space_scope(context.settings, view.tenant);
    const auto aside = set_aside(context, space, project.dir);
    if (!aside) return tl::unexpected(aside.error());
    done.insert(done.end(), aside->begin(), aside->end());
    if (auto kept = remember_removal(space, project); !kept) return tl::unexpected(kept.error());
    if (auto loaded = context.config.load()) context.settings = *std::move(loaded);
    return done;
}

}  // namespace bm
