#include "sync/inner_projects.hpp"

#include <algorithm>
#include <string>
#include <system_error>
#include <utility>

namespace bm {

namespace fs = std::filesystem;

namespace {

bool lies_inside(const fs::path& inner, const fs::path& outer) {
    const auto mismatch = std::mismatch(outer.begin(), outer.end(), inner.begin(), inner.end());
    return mismatch.first == outer.end();
}

/// The projects that lie in each configured folder, the innermost first.
std::map<fs::path, std::vector<InnerProject>> nesting_in(const Config& config) {
    std::vector<std::pair<const ConfiguredProject*, fs::path>> roots;
    for (const auto& project : config.projects) {
        if (project.path.empty()) continue;
        std::error_code error;
        auto root = fs::weakly_canonical(project.path, error);
        if (error) continue;
        if (!root.has_filename()) root = root.parent_path();
        roots.emplace_back(&project, std::move(root));
    }
    std::map<fs::path, std::vector<InnerProject>> nesting;
    for (const auto& [outer, outer_root] : roots) {
        std::vector<InnerProject> inner_projects;
        for (const auto& [inner, inner_root] : roots) {
            if (inner_root == outer_root || !lies_inside(inner_root, outer_root)) continue;
            inner_projects.push_back(
                {inner_root.lexically_relative(outer_root).string(), inner->name});
        }
        std::sort(inner_projects.begin(), inner_projects.end(),
                  [](const auto& a, const auto& b) { return a.folder.size() > b.folder.size(); });
        if (!inner_projects.empty()) nesting[outer->path] = std::move(inner_projects);
    }
    return nesting;
}

}  // namespace

std::vector<InnerProject> InnerProjects::below(const fs::path& path,
                                               const std::shared_ptr<const Config>& config) {
    if (config->projects.size() < 2) return {};
    const std::scoped_lock lock(mutex_);
    if (read_from_ != config) {
        by_outer_ = nesting_in(*config);
        read_from_ = config;
    }
    const auto found = by_outer_.find(path);
    return found == by_outer_.end() ? std::vector<InnerProject>{} : found->second;
}

Result<void> check_nesting(const fs::path& path, const fs::path& data, const Config& config) {
    const fs::path wanted = fs::weakly_canonical(path);
    if (lies_inside(wanted, fs::weakly_canonical(data))) {
        return fail(Fault::conflict, "Cannot create project at '" + path.string() +
                                         "': settings and index are kept in '" + data.string() +
                                         "'. Choose a folder outside of it.");
    }
    for (const auto& other : config.projects) {
        if (other.path.empty()) continue;
        const fs::path existing = fs::weakly_canonical(other.path);
        if (lies_inside(wanted, existing)) {
            return fail(Fault::conflict, "Cannot create project at '" + path.string() +
                                             "': path is nested within existing project '" +
                                             other.name + "' at '" + other.path.string() +
                                             "'. Projects cannot share directory trees.");
        }
        if (lies_inside(existing, wanted)) {
            return fail(Fault::conflict,
                        "Cannot create project at '" + path.string() + "': existing project '" +
                            other.name + "' at '" + other.path.string() +
                            "' is nested within this path. Projects cannot share directory trees.");
        }
    }
    return {};
}

}  // namespace bm
