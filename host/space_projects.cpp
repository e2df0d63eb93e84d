#include "host/space_projects.hpp"

#include <algorithm>
#include <fstream>
#include <system_error>

#include "host/project_path.hpp"
#include "markdown/permalink.hpp"
#include "markdown/text.hpp"
#include "repository/config_file.hpp"
#include "repository/folder_walk.hpp"
#include "repository/note_files.hpp"

namespace bm {

namespace fs = std::filesystem;

namespace {

bool is_plain_folder(const fs::path& path) {
    std::error_code ignored;
    return fs::symlink_status(path, ignored).type() == fs::file_type::directory;
}

/// One name a line; folders have no line breaks in them, single_folder() sees to that.
std::set<std::string> lines_of(const fs::path& file) {
    std::set<std::string> lines;
    std::ifstream stream(file);
    for (std::string line; std::getline(stream, line);) {
        if (!line.empty()) lines.insert(line);
    }
    return lines;
}

Result<Project> as_project(std::optional<Project> project, std::string_view name) {
    if (project) return *std::move(project);
    return fail(Fault::unavailable, "Project '" + std::string(name) + "' cannot be opened");
}

}  // namespace

SpaceProjects::SpaceProjects(KnowledgeBase& knowledge, fs::path root, fs::path memory)
    : knowledge_(knowledge), root_(std::move(root)), memory_(std::move(memory)) {}

std::vector<Project> SpaceProjects::all() {
    auto projects = knowledge_.projects();
    std::sort(projects.begin(), projects.end(),
              [](const Project& a, const Project& b) { return a.id.value < b.id.value; });
    return projects;
}

std::optional<Project> SpaceProjects::by_permalink(std::string_view permalink) {
    for (auto& project : all()) {
        if (project.permalink == permalink) return std::move(project);
    }
    return std::nullopt;
}

std::optional<Project> SpaceProjects::by_id(std::string_view external_id) {
    return knowledge_.find_project_by_id(external_id);
}

std::string SpaceProjects::shown_path(const Project& project) const {
    return "/" + project.path.lexically_relative(root_).string();
}

Result<fs::path> SpaceProjects::folder_of_new(std::string_view name,
                                              const std::optional<std::string>& path) const {
    if (path) {
        // What a client has already put there keeps its name.
        const auto wanted = single_folder(*path);
        if (wanted && is_plain_folder(root_ / *wanted)) return root_ / *wanted;
    }
    const auto folder = single_folder(slug(name));
    if (!folder) {
        return fail(Fault::invalid, "Project name '" + std::string(name) +
                                        "' gives no folder name. Use letters or digits.");
    }
    return root_ / *folder;
}

Result<void> SpaceProjects::check_free(const fs::path& folder, std::string_view name) {
    const std::string wanted = case_fold(folder.filename().string());
    for (const Project& other : all()) {
        if (other.name.str() == name) continue;
        if (case_fold(other.path.filename().string()) != wanted) continue;
        return fail(Fault::conflict, "Path collision detected: '/" + folder.filename().string() +
                                         "' conflicts with existing project '" + other.name.str() +
                                         "' at '" + shown_path(other) +
                                         "'. Two projects cannot share one folder, and some "
                                         "devices do not tell upper from lower case.");
    }
    return {};
}

Result<AddedProject> SpaceProjects::known(const Project& project,
                                          const std::optional<std::string>& path,
                                          bool make_default) {
    const std::string existing = shown_path(project);
    if (path && normalised_project_path(*path) != existing) {
        return fail(Fault::conflict,
                    "Project '" + project.name.str() +
                        "' already exists with different path. Existing: " + existing +
                        ", Requested: " + normalised_project_path(*path));
    }
    // Whoever names a project wants its folder; a host that was killed may not have got to it.
    if (make_folders(project.path, 0777) != 0)
        return fail(Fault::unavailable, "The folder of the project cannot be made.");
    if (make_default) {
        if (const auto set = knowledge_.set_default_project(project.name.str()); !set)
            return tl::unexpected(set.error());
    }
    return as_project(knowledge_.find_project(project.name.str()), project.name.str())
        .map([](const Project& row) {
            return AddedProject{row, true};
        });
}

Result<AddedProject> SpaceProjects::add(std::string_view raw_name,
                                        const std::optional<std::string>& path, bool make_default) {
    const auto name = ProjectName::parse(raw_name);
    if (!name) return tl::unexpected(name.error());
    const std::scoped_lock lock(mutex_);
    for (const Project& project : all()) {
        if (project.name == *name) return known(project, path, make_default);
    }
    const auto folder = folder_of_new(name->str(), path);
    if (!folder) return tl::unexpected(folder.error());
    if (const auto free = check_free(*folder, name->str()); !free)
        return tl::unexpected(free.error());
    // The entry comes first: a folder alone would be found as a project of another name, if the
    // host ended here.
    ConfigFile file(knowledge_.directory(), knowledge_.environment());
    if (const auto added = file.add_project(*name, *folder, make_default); !added)
        return tl::unexpected(added.error());
    if (make_folders(*folder, 0777) != 0) {
        (void)file.remove_project(name->str());
        return fail(Fault::unavailable, "The folder of the project cannot be made.");
    }
    knowledge_.changes().publish({NoteChange::Kind::projects, name->str(), ""});
    remember_locked();
    return as_project(knowledge_.find_project(name->str()), name->str())
        .map([](const Project& row) {
            return AddedProject{row, false};
        });
}

Result<void> SpaceProjects::remove(std::string_view name) {
    const std::scoped_lock lock(mutex_);
    // Before it is forgotten: from then on it must not be found anew.
    remember_locked();
    return knowledge_.remove_project(name).map([](const ConfiguredProject&) {});
}

Result<Project> SpaceProjects::move(const Project& project, std::string_view path) {
    const std::scoped_lock lock(mutex_);
    if (!path.starts_with('/')) return fail(Fault::invalid, "Path must be absolute");
    const auto folder = single_folder(path);
    if (!folder) {
        return fail(Fault::invalid,
                    "Path '" + std::string(path) + "' is no folder of this space, such as /notes.");
    }
    if (const auto free = check_free(root_ / *folder, project.name.str()); !free)
        return tl::unexpected(free.error());
    auto moved = knowledge_.set_project_path(project.name.str(), (root_ / *folder).string());
    remember_locked();
    return moved;
}

std::set<std::string> folders_below(const fs::path& root) {
    std::set<std::string> names;
    for (const auto& entry : fs::directory_iterator(root)) {
        const std::string name = entry.path().filename().string();
        if (single_folder(name) == name && is_plain_folder(entry.path())) names.insert(name);
    }
    return names;
}

std::vector<std::string> SpaceProjects::discover() {
    const std::scoped_lock lock(mutex_);
    const auto projects = all();
    const auto has_project = [&](const std::string& folder) {
        return std::any_of(projects.begin(), projects.end(),
                           [&](const Project& project) { return project.path == root_ / folder; });
    };
    const auto known_before = remembered();
    std::vector<std::string> found;
    if (projects.empty()) return found;
    const IgnoreRules rules = knowledge_.ignore_rules(projects.front());
    for (const std::string& folder : folders_below(root_)) {
        if (has_project(folder) || known_before.contains(folder)) continue;
        if (rules.ignores_folder(folder)) continue;
        const auto name = ProjectName::parse(folder);
        if (!name || find_configured(*knowledge_.config(), folder) != nullptr) {
            knowledge_.log()(LogLevel::warning, "the folder '" + folder +
                                                    "' cannot become a project: its name is taken");
            continue;
        }
        ConfigFile file(knowledge_.directory(), knowledge_.environment());
        const auto added = file.add_project(*name, root_ / folder, false);
        if (!added) {
            knowledge_.log()(LogLevel::warning, added.error().message);
            continue;
        }
        knowledge_.log()(LogLevel::info, "Auto-discovered project: " + folder);
        knowledge_.changes().publish({NoteChange::Kind::projects, folder, ""});
        found.push_back(folder);
    }
    remember_locked();
    return found;
}

void SpaceProjects::remember() {
    const std::scoped_lock lock(mutex_);
    remember_locked();
}

void SpaceProjects::remember_locked() {
    const auto before = remembered();
    std::set<std::string> names;
    // A folder that has gone may come back as a new one.
    for (const std::string& name : before) {
        if (is_plain_folder(root_ / name)) names.insert(name);
    }
    for (const Project& project : knowledge_.projects()) {
        const std::string name = project.path.filename().string();
        if (is_plain_folder(root_ / name)) names.insert(name);
    }
    if (names != before) write_memory(names);
}

std::set<std::string> SpaceProjects::remembered() const { return lines_of(memory_); }

void SpaceProjects::write_memory(const std::set<std::string>& names) {
    std::string text;
    for (const std::string& name : names) text += name + '\n';
    if (const auto written = write_file_atomically(memory_, text, 0600); !written)
        knowledge_.log()(LogLevel::warning, written.error().message);
}

}  // namespace bm
