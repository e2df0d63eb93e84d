#include "cloud/space_sync.hpp"

#include <algorithm>
#include <chrono>
#include <set>

#include <sys/stat.h>
#include <unistd.h>

#include "cloud/attachment.hpp"
#include "cloud/bisync_listing.hpp"
#include "cloud/local_links.hpp"
#include "cloud/project_parts.hpp"
#include "cloud/scope_memory.hpp"
#include "cloud/shell_word.hpp"
#include "cloud/space_registration.hpp"
#include "cloud/two_way_run.hpp"
#include "repository/folder_walk.hpp"

namespace bm {

namespace fs = std::filesystem;

namespace {

std::vector<std::string> attached_dirs(const SyncContext& context, const HostView& view) {
    std::vector<std::string> dirs;
    for (const auto& each : context.settings.attached) {
        if (auto dir = dir_of_attached(context, view, each); !dir.empty()) {
            dirs.push_back(std::move(dir));
        }
    }
    return dirs;
}

bool has_files(const fs::path& folder) {
    std::error_code ignored;
    for (const auto& entry : fs::recursive_directory_iterator(
             folder, fs::directory_options::skip_permission_denied, ignored)) {
        if (!entry.is_directory(ignored)) return true;
    }
    return false;
}

/// Folders only, and of them only what the file system finds empty: a note may have been saved
/// since somebody looked, or a folder could not be looked into.
void remove_empty_folders(const fs::path& root) {
    std::vector<fs::path> folders{root};
    std::error_code problem;
    for (fs::recursive_directory_iterator at(root, problem), end; !problem && at != end;
         at.increment(problem)) {
        if (fs::is_directory(at->symlink_status(problem))) folders.push_back(at->path());
    }
    std::sort(folders.rbegin(), folders.rend());
    for (const auto& folder : folders) ::rmdir(folder.c_str());
}

/// One run over the space.
class SpaceRun {
public:
    SpaceRun(SyncContext& context, HostView view, const SyncWish& wish)
        : context_(context), view_(std::move(view)), wish_(wish) {
        report_.is_space = true;
        report_.dry_run = wish.dry_run;
        report_.resync = wish.resync;
        report_.profile = wish.profile;
    }

    CloudReport run() {
        if (auto done = prepare(); !done) {
            report_.failure = done.error();
            return std::move(report_);
        }
        Registration registration;
        auto left_out = dirs_;
        if (may_register()) {
            registration = register_new();
            left_out.insert(left_out.end(), registration.held_back.begin(),
                            registration.held_back.end());
        }
        const auto filter = space_filter(context_, scope_.local_root, left_out);
        if (!filter) {
            report_.registered = registration.registered;
            report_.failure = filter.error();
            return std::move(report_);
        }
        report_ = run_two_way(context_, *rclone_, scope_, *filter, wish_);
        report_.registered = registration.registered;
        report_.warnings.insert(report_.warnings.begin(), registration.warnings.begin(),
                                registration.warnings.end());
        if (report_.ok() && !wish_.dry_run) follow_up();
        return std::move(report_);
    }

private:
    CloudResult<void> prepare() {
        if (!wish_.dry_run) {
            const auto finished = finish_moves(context_, view_);
            if (!finished) return tl::unexpected(finished.error());
        }
        auto ready = ready_rclone(context_, RcloneNeed::two_way);
        if (!ready) return tl::unexpected(ready.error());
        rclone_ = *std::move(ready);
        const auto warnings =
            check_root(context_.settings, context_.settings.sync_dir, "", context_.mounts);
        if (!warnings) return tl::unexpected(warnings.error());
        for (const auto& warning : *warnings) context_.tell("Warning: " + warning);
        scope_ = space_scope(context_.settings, view_.tenant);
        if (const auto state = read_scope_state(scope_)) known_ = state->known_projects;
        dirs_ = attached_dirs(context_, view_);
        return {};
    }

    /// A run that stops before it starts must not have made projects.
    [[nodiscard]] bool may_register() const {
        std::error_code ignored;
        return !wish_.dry_run && !wish_.resync &&
               is_initialized(scope_, read_scope_state(scope_)) &&
               fs::is_directory(scope_.local_root, ignored);
    }

    Registration register_new() {
        context_.tell("Checking for new projects...");
        const auto filter = space_filter(context_, scope_.local_root, dirs_);
        if (!filter) return {};  // the run itself says why it does not begin
        return register_folders(
            context_, view_, scope_.local_root,
            plan_registration(scope_.local_root, view_, *filter, dirs_, known_));
    }

    void follow_up() {
        remember_projects();
        make_folders_of_projects();
        notify_index(context_, changed_projects(), report_);
    }

    /// Whose notes came, went or changed.
    std::vector<HostProject> changed_projects() const {
        std::set<std::string> tops;
        const auto add = [&tops](const std::vector<std::string>& paths) {
            for (const auto& path : paths) tops.insert(path.substr(0, path.find('/')));
        };
        add(report_.actions.uploaded);
        add(report_.actions.deleted_remote);
        for (const auto& each : report_.actions.conflicts) add({each.path});
        std::vector<HostProject> changed;
        for (const auto& project : view_.projects) {
            const bool is_ours = std::find(dirs_.begin(), dirs_.end(), project.dir) == dirs_.end();
            const std::string top = project.dir.substr(0, project.dir.find('/'));
            if (is_ours && (report_.resync || tops.contains(top) || came_down(top))) {
                changed.push_back(project);
            }
        }
        return changed;
    }

    [[nodiscard]] bool came_down(const std::string& top) const {
        const auto is_below = [&top](const std::string& path) {
            return path.starts_with(top + "/");
        };
        return std::any_of(report_.actions.downloaded.begin(), report_.actions.downloaded.end(),
                           is_below) ||
               std::any_of(report_.actions.deleted_local.begin(),
                           report_.actions.deleted_local.end(), is_below);
    }

    void make_folders_of_projects() {
        const auto filter = space_filter(context_, scope_.local_root, dirs_);
        if (!filter) return;
        for (const auto& project : view_.projects) {
            if (project.dir.empty() || filter->excludes(project.dir + "/x")) continue;
            const auto folder = scope_.local_root / project.dir;
            std::error_code ignored;
            if (fs::exists(folder, ignored)) continue;
            if (const int error = bm::make_folders(folder, 0777); error != 0) {
                report_.warnings.push_back(folder.string() +
                                           " could not be made: " + reason_of(error));
            }
        }
    }

    void remember_projects() {
        std::vector<KnownProject> now;
        for (const auto& project : view_.projects) {
            now.push_back({project.dir, project.name, project.external_id, false});
        }
        for (auto gone : known_) {
            const bool is_listed = std::any_of(now.begin(), now.end(), [&](const auto& each) {
                return each.name == gone.name || each.dir == gone.dir;
            });
            if (is_listed) continue;
            say_goodbye(gone);
            gone.removed = true;
            now.push_back(gone);
        }
        auto state = read_scope_state(scope_);
        if (!state || state->known_projects == now) return;
        state->known_projects = std::move(now);
        if (const auto written = write_scope_state(scope_, *state); !written) {
            report_.warnings.push_back(written.error().message);
        }
    }

    /// Both sides are in step: what is here is in the cloud too.
    void say_goodbye(const KnownProject& gone) {
        if (gone.removed || gone.dir.empty()) return;
        const auto folder = scope_.local_root / gone.dir;
        std::error_code ignored;
        if (!fs::is_directory(folder, ignored) || fs::is_symlink(folder, ignored)) return;
        if (has_files(folder)) {
            report_.notes.push_back("Project '" + gone.name +
                                    "' was removed in the cloud but its files remain; they stay "
                                    "synced.");
        } else {
            remove_empty_folders(folder);
        }
    }

    SyncContext& context_;
    HostView view_;
    const SyncWish& wish_;
    std::optional<ReadyRclone> rclone_;
    CloudScope scope_;
    std::vector<std::string> dirs_;
    std::vector<KnownProject> known_;
    CloudReport report_;
};

}  // namespace

CloudResult<ScopeFilter> space_filter(const SyncContext& context, const fs::path& root,
                                      const std::vector<std::string>& left_out) {
    std::vector<FilterProject> projects;
    std::error_code problem;
    for (fs::directory_iterator at(root, problem), end; !problem && at != end;
         at.increment(problem)) {
        std::error_code gone;
        if (at->is_symlink(gone) || !at->is_directory(gone)) continue;
        auto text = rules_in(at->path() / ".bmignore");
        if (!text) return tl::unexpected(text.error());
        if (!text->empty()) {
            projects.push_back({at->path().filename().string(), *std::move(text)});
        }
    }
    if (problem && problem != std::errc::no_such_file_or_directory) {
        return cloud_fail(CloudFault::local_io,
                          root.string() + " cannot be read: " + problem.message());
    }
    std::sort(projects.begin(), projects.end(),
              [](const auto& one, const auto& other) { return one.dir < other.dir; });
    return context.make_filter(projects, left_out);
}

bool is_space_set_up(const SyncContext& context, const HostView& view) {
    const auto state = read_scope_state(space_scope(context.settings, view.tenant));
    return state && !state->session.empty();
}

CloudReport sync_space(SyncContext& context, HostView view, const SyncWish& wish) {
    return SpaceRun(context, std::move(view), wish).run();
}

std::vector<CloudReport> sync_all(SyncContext& context, const HostView& view,
                                  const SyncWish& wish) {
    std::vector<CloudReport> reports;
    if (is_space_set_up(context, view)) {
        // What is asked for there is asked for the space alone.
        SyncWish own = wish;
        own.command = "bm cloud bisync";
        reports.push_back(sync_space(context, view, own));
    } else {
        context.tell("Space sync is not set up (run: bm cloud bisync-setup)");
    }
    for (const auto& project : view.projects) {
        if (context.stop.was_made()) break;
        const auto* attached = context.settings.find_attached(project.name);
        if (attached == nullptr || attached->name != project.name) continue;
        const auto scope =
            project_scope(context.settings, view.tenant, project, attached->local_path);
        if (!is_initialized(scope, read_scope_state(scope))) {
            context.tell("Skipping " + project.name +
                         ": no baseline (run: bm project bisync --name " +
                         shell_word(project.name) + " --resync)");
            continue;
        }
        SyncWish own = wish;
        own.command = "bm project bisync --name " + shell_word(project.name);
        reports.push_back(bisync_project(context, view, project.name, own));
    }
    return reports;
}

CloudResult<SideComparison> compare_space(SyncContext& context, const HostView& view,
                                          bool one_way) {
    const auto scope = space_scope(context.settings, view.tenant);
    const auto filter = space_filter(context, scope.local_root, attached_dirs(context, view))
                            .and_then([&scope](ScopeFilter rules) {
                                return without_links(std::move(rules), scope.local_root);
                            });
    if (!filter) return tl::unexpected(filter.error());
    return compare_scope(context, scope, *filter, one_way);
}

std::vector<LocalChanges::Folder> folders_to_watch(const SyncContext& context, const HostView& view,
                                                   bool space_only) {
    std::vector<LocalChanges::Folder> folders;
    // Rules that cannot be read leave nothing out: the round itself says why it does not begin.
    const auto add = [&folders](const CloudScope& scope, const CloudResult<ScopeFilter>& filter) {
        LocalChanges::Folder folder{scope.local_root};
        if (filter) {
            folder.rules = filter->text;
            folder.excludes = filter->excludes;
        }
        folders.push_back(std::move(folder));
    };
    const auto space = space_scope(context.settings, view.tenant);
    if (is_initialized(space, read_scope_state(space)))
        add(space, space_filter(context, space.local_root, attached_dirs(context, view)));
    if (space_only) return folders;
    for (const auto& attached : context.settings.attached) {
        const auto scope = project_scope(context.settings, view.tenant,
                                         {attached.name, "", "", false}, attached.local_path);
        add(scope, filter_of(context, scope));
    }
    return folders;
}

LocalChanges::Agreed agreed_here(const SyncContext& context, const HostView& view,
                                 const std::vector<CloudReport>& reports) {
    LocalChanges::Agreed agreed;
    for (const auto& report : reports) {
        const auto* attached = context.settings.find_attached(report.project);
        const auto* project = view.find(report.project);
        const bool is_own = attached != nullptr && project != nullptr;
        if (!report.ok() || (!report.is_space && !is_own)) continue;
        const CloudScope scope = report.is_space ? space_scope(context.settings, view.tenant)
                                                 : project_scope(context.settings, view.tenant,
                                                                 *project, attached->local_path);
        if (auto files = read_bisync_listing(scope.listing(1)))
            agreed[scope.local_root] = *std::move(files);
    }
    return agreed;
}

std::vector<ConflictCopy> conflict_copies(const CloudScope& scope) {
    std::vector<ConflictCopy> found;
    std::error_code ignored;
    for (const auto& entry : fs::recursive_directory_iterator(
             scope.local_root, fs::directory_options::skip_permission_denied, ignored)) {
        const std::string name = entry.path().filename().string();
        const auto at = name.rfind(".conflict");
        if (at == std::string::npos || at + 9 >= name.size() || name[at + 9] < '0' ||
            name[at + 9] > '9') {
            continue;
        }
        struct stat seen {};
        if (::lstat(entry.path().c_str(), &seen) != 0 || !S_ISREG(seen.st_mode)) continue;
        const auto modified = static_cast<std::int64_t>(seen.st_mtim.tv_sec) * 1'000'000'000;
        found.push_back({scope.title(), entry.path().lexically_relative(scope.local_root).string(),
                         static_cast<std::uintmax_t>(seen.st_size),
                         iso8601_utc(timestamp_from_ns(modified))});
    }
    std::sort(found.begin(), found.end(),
              [](const auto& one, const auto& other) { return one.path < other.path; });
    return found;
}

}  // namespace bm
