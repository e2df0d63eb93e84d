#include "cloud/project_exchange.hpp"
#include "cloud/project_parts.hpp"
#include "cloud/remote_listing.hpp"
#include "markdown/text.hpp"
#include "repository/note_files.hpp"

namespace bm {

namespace fs = std::filesystem;

namespace {

/// A project without a folder of its own lies in the space, if it lies here at all.
CloudScope pruned_scope(const SyncContext& context, const HostView& view,
                        const HostProject& project) {
    const auto* attached = context.settings.find_attached(project.name);
    return project_scope(
        context.settings, view.tenant, project,
        attached != nullptr ? attached->local_path : context.settings.sync_dir / project.dir);
}

}  // namespace

CloudResult<std::vector<std::string>> unwanted_in_cloud(SyncContext& context, const HostView& view,
                                                        const std::string& name) {
    const auto* project = view.find(name);
    if (project == nullptr) return no_such_project(name);
    const auto rclone = ready_rclone(context, RcloneNeed::one_way);
    if (!rclone) return tl::unexpected(rclone.error());
    const auto scope = pruned_scope(context, view, *project);
    const bool is_attached = context.settings.find_attached(project->name) != nullptr;
    // In the space the user's rules hold from its root on, and `/drafts` is no folder of the
    // project.
    const auto filter = is_attached ? filter_of(context, scope)
                                    : space_filter(context, context.settings.sync_dir, {});
    if (!filter) return tl::unexpected(filter.error());
    fs::path file;
    if (is_attached) {
        // Made anew for every use: nothing is deleted by rules of yesterday.
        file = context.settings.data_directory / ".bmignore.rclone-prune";
        if (const auto written = write_file_atomically(file, filter->inverted, 0600); !written)
            return cloud_fail(CloudFault::local_io, written.error().message);
    }
    const auto listed = list_side(rclone->setup, {scope.remote, file, false, false, false});
    if (listed.outcome.trouble == RcloneTrouble::directory_not_found)
        return std::vector<std::string>();
    if (!listed.files) return tl::unexpected(failure_of(listed.outcome, rclone->remote.endpoint));
    const std::string above = is_attached || scope.dir.empty() ? "" : scope.dir + "/";
    std::vector<std::string> unwanted;
    for (const auto& [path, each] : *listed.files) {
        // A project's own rules may let in what the user's leave out; a name with a line break
        // cannot be said in a list of names.
        if (filter->prunes(above + path) && path.find_first_of("\r\n") == std::string::npos)
            unwanted.push_back(path);
    }
    return unwanted;
}

bool knows_rules_of(const SyncContext& context, const HostView& view, const std::string& name) {
    const auto* project = view.find(name);
    if (project == nullptr) return false;
    std::error_code ignored;
    const auto scope = pruned_scope(context, view, *project);
    if (context.settings.find_attached(project->name) != nullptr)
        return fs::is_directory(scope.local_root, ignored);
    // As space_filter() reads them: of folders in the space itself, and never through a link.
    return !scope.dir.empty() && scope.dir.find('/') == std::string::npos &&
           fs::is_directory(fs::symlink_status(context.settings.sync_dir / scope.dir, ignored));
}

CloudResult<void> delete_in_cloud(SyncContext& context, const HostView& view,
                                  const std::string& name, const std::vector<std::string>& files) {
    const auto* project = view.find(name);
    if (project == nullptr) return no_such_project(name);
    // A list without names would be no limit.
    if (files.empty()) return {};
    const auto rclone = ready_rclone(context, RcloneNeed::one_way);
    if (!rclone) return tl::unexpected(rclone.error());
    RcloneCall call;
    call.arguments = {"delete", pruned_scope(context, view, *project).remote, "--files-from-raw",
                      "-"};
    call.input = join(files, "\n") + "\n";
    const auto outcome = run_rclone(rclone->setup, call);
    if (!outcome.succeeded()) return tl::unexpected(failure_of(outcome, rclone->remote.endpoint));
    return {};
}

}  // namespace bm
