#include "cloud/space_registration.hpp"

#include <algorithm>

#include "markdown/permalink.hpp"
#include "markdown/text.hpp"

namespace bm {

namespace fs = std::filesystem;

namespace {

bool is_in(const std::vector<std::string>& list, const std::string& wanted) {
    return std::find(list.begin(), list.end(), wanted) != list.end();
}

std::string last_segment(const std::string& dir) { return fs::path(dir).filename().string(); }

/// Whether any file below a folder passes the filter. Links are not followed.
bool has_wanted_file(const fs::path& root, const std::string& dir, const ScopeFilter& filter) {
    std::error_code ignored;
    fs::recursive_directory_iterator at(root / dir, fs::directory_options::skip_permission_denied,
                                        ignored);
    for (; !ignored && at != fs::recursive_directory_iterator(); at.increment(ignored)) {
        const auto path = at->path().lexically_relative(root).string();
        if (at->is_symlink(ignored)) continue;
        if (at->is_directory(ignored)) {
            if (at->path().filename().string().starts_with('.') && filter.excludes(path + "/x")) {
                at.disable_recursion_pending();
            }
        } else if (at->is_regular_file(ignored) && !filter.excludes(path)) {
            return true;
        }
    }
    return false;
}

enum class OnHost { unknown, known, other_case };

OnHost look_up(const HostView& view, const std::string& dir) {
    bool differs_in_case = false;
    for (const auto& project : view.projects) {
        if (project.dir == dir || last_segment(project.dir) == dir) return OnHost::known;
        differs_in_case = differs_in_case || to_lower(last_segment(project.dir)) == to_lower(dir);
    }
    if (differs_in_case) return OnHost::other_case;
    const std::string permalink = slug(dir);
    for (const auto& project : view.projects) {
        if (!permalink.empty() && last_segment(project.dir) == permalink) return OnHost::known;
    }
    return OnHost::unknown;
}

}  // namespace

RegistrationPlan plan_registration(const fs::path& root, const HostView& view,
                                   const ScopeFilter& filter,
                                   const std::vector<std::string>& attached_dirs,
                                   const std::vector<KnownProject>& known) {
    RegistrationPlan plan;
    std::vector<std::string> dirs;
    std::error_code ignored;
    for (const auto& entry : fs::directory_iterator(root, ignored)) {
        if (!entry.is_symlink(ignored) && entry.is_directory(ignored)) {
            dirs.push_back(entry.path().filename().string());
        }
    }
    std::sort(dirs.begin(), dirs.end());
    for (const auto& dir : dirs) {
        if (dir.starts_with('.') || is_in(attached_dirs, dir)) continue;
        const bool is_ignored = filter.excludes(dir + "/x");
        if (is_ignored) {
            plan.skipped.push_back("Skipping " + dir + ": ignored by .bmignore");
            continue;
        }
        const OnHost found = look_up(view, dir);
        // Known from the last sync and not listed any more: somebody has removed it.
        const bool was_removed =
            found == OnHost::unknown &&
            std::any_of(known.begin(), known.end(),
                        [&](const KnownProject& each) { return each.dir == dir; });
        if (was_removed) continue;
        if (found == OnHost::other_case) {
            plan.skipped.push_back("Skipping " + dir +
                                   ": a project with the same name in different case exists");
        }
        if (found != OnHost::unknown || !has_wanted_file(root, dir, filter)) continue;
        if (!is_valid_utf8(dir)) {
            plan.skipped.push_back("Skipping a folder whose name is no text");
            continue;
        }
        plan.folders.push_back(dir);
    }
    return plan;
}

Registration register_folders(SyncContext& context, HostView& view, const fs::path& root,
                              const RegistrationPlan& plan) {
    Registration done;
    for (const auto& skipped : plan.skipped) context.log(LogLevel::info, skipped);
    if (plan.folders.empty()) return done;
    context.tell("Found " + std::to_string(plan.folders.size()) + " new local " +
                 (plan.folders.size() == 1 ? "project" : "projects") + ", creating on cloud...");
    for (const auto& folder : plan.folders) {
        const auto made = context.host.create_project(folder, folder, false);
        if (!made) {
            done.warnings.push_back("Could not create project '" + folder +
                                    "': " + made.error().message);
            continue;
        }
        HostProject project = made->project;
        project.dir = normalized_dir(project.dir);
        context.tell("✓ Created project: " + project.name);
        done.registered.push_back(project.name);
        view.projects.push_back(project);
        if (project.dir == folder) continue;
        std::error_code problem = std::make_error_code(std::errc::file_exists);
        if (!fs::exists(root / project.dir)) fs::rename(root / folder, root / project.dir, problem);
        if (!problem) {
            context.tell("Renamed '" + folder + "' to '" + project.dir +
                         "' to match the cloud project");
        } else {
            done.held_back.push_back(folder);
            done.warnings.push_back(
                "'" + folder + "' is called '" + project.dir +
                "' in the cloud and is left out of this sync: " + problem.message());
        }
    }
    return done;
}

}  // namespace bm
