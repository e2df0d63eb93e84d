#include "host/space_projects.hpp"

#include <algorithm>
#include <fstream>
#include <iterator>
#include <system_error>

#include "host/project_path.hpp"
#include "markdown/permalink.hpp"
#include "markdown/text.hpp"
#include "repository/checksum.hpp"
#include "repository/config_file.hpp"
#include "repository/folder_walk.hpp"
#include "repository/note_files.hpp"

namespace bm {

namespace fs = std::filesystem;

namespace {

/// Where removed folders wait for their end: in the space's own folder, or else beside them.
constexpr const char* kAside = "removed";
constexpr std::string_view kAsidePrefix = ".bm-removed-";

bool is_plain_folder(const fs::path& path) {
    std::error_code ignored;
    return fs::symlink_status(path, ignored).type() == fs::file_type::directory;
}

Result<Project> as_project(std::optional<Project> project, std::string_view name) {
    if (project) return *std::move(project);
    return fail(Fault::unavailable, "Project '" + std::string(name) + "' cannot be opened");
}

/// What is there already is taken only where it is a folder.
Result<void> make_folder(const fs::path& path) {
    const int error = make_folders(path, 0777);
    if (error == 0 && is_plain_folder(path)) return {};
    const std::string shown = "/" + path.filename().string();
    if (error != 0) {
        return fail(Fault::unavailable,
                    "The folder " + shown + " of the project cannot be made: " + reason_of(error));
    }
    return fail(Fault::conflict, "The folder " + shown +
                                     " of the project cannot be made: something else has that "
                                     "name. Move or rename it and try again.");
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

std::optional<Project> SpaceProjects::by_name(std::string_view name) {
    for (auto& project : all()) {
        if (project.name.str() == name) return std::move(project);
    }
    return std::nullopt;
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

/// Whether a client that names the path means the folder of the project: by its name, or by one
/// that this folder was made for in the first place.
bool SpaceProjects::names_folder_of(const Project& project, std::string_view path) const {
    if (normalised_project_path(path) == shown_path(project)) return true;
    const auto wanted = single_folder(path);
    return wanted && !is_plain_folder(root_ / *wanted) &&
           slug(*wanted) == slug(project.path.filename().string());
}

Result<AddedProject> SpaceProjects::known(const Project& project,
                                          const std::optional<std::string>& path,
                                          bool make_default) {
    const std::string existing = shown_path(project);
    if (path && !names_folder_of(project, *path)) {
        return fail(Fault::conflict,
                    "Project '" + project.name.str() +
                        "' already exists with different path. Existing: " + existing +
                        ", Requested: " + normalised_project_path(*path));
    }
    // Whoever names a project wants its folder; a host that was killed may not have got to it.
    if (const auto made = make_folder(project.path); !made) return tl::unexpected(made.error());
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
    if (const auto made = make_folder(*folder); !made) {
        (void)file.remove_project(name->str());
        return tl::unexpected(made.error());
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
    if (const auto made = make_folder(root_ / *folder); !made) return tl::unexpected(made.error());
    auto moved = knowledge_.set_project_path(project.name.str(), (root_ / *folder).string());
    remember_locked();
    return moved;
}

/// One name a line; folders have no line breaks in them, single_folder() sees to that.
std::set<std::string> remembered_folders(const fs::path& memory) {
    std::set<std::string> lines;
    std::ifstream stream(memory);
    for (std::string line; std::getline(stream, line);) {
        if (!line.empty()) lines.insert(line);
    }
    return lines;
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
    const auto known_before = remembered_folders(memory_);
    std::vector<std::string> found;
    if (projects.empty()) return found;
    const IgnoreRules rules = user_rules();
    for (const std::string& folder : folders_below(root_)) {
        if (has_project(folder) || known_before.contains(folder)) continue;
        if (rules.ignores_folder(folder)) continue;
        const auto name = ProjectName::parse(folder);
        if (!name || find_configured(*knowledge_.config(), folder) != nullptr) {
            tell_once(folder, name ? "its name is taken" : name.error().message);
            continue;
        }
        ConfigFile file(knowledge_.directory(), knowledge_.environment());
        const auto added = file.add_project(*name, root_ / folder, false);
        if (!added) {
            tell_once(folder, added.error().message);
            continue;
        }
        told_.erase(folder);
        knowledge_.log()(LogLevel::info, "Auto-discovered project: " + folder);
        knowledge_.changes().publish({NoteChange::Kind::projects, folder, ""});
        found.push_back(folder);
    }
    remember_locked();
    return found;
}

/// What a project leaves out of itself says nothing about the folders beside it.
IgnoreRules SpaceProjects::user_rules() const {
    const fs::path file = knowledge_.directory().ignore_file();
    std::error_code error;
    if (!fs::exists(file, error) && !error) return IgnoreRules(IgnoreTexts{});
    std::ifstream stream(file, std::ios::binary);
    const std::string text{std::istreambuf_iterator<char>(stream), {}};
    if (stream.bad() || !stream.is_open())
        return IgnoreRules::unknown("The ignore file cannot be read.");
    return IgnoreRules({.user = text});
}

void SpaceProjects::tell_once(const std::string& folder, const std::string& why) {
    if (!told_.insert(folder).second) return;
    knowledge_.log()(LogLevel::warning,
                     "the folder '" + folder + "' cannot become a project: " + why);
}

Result<std::optional<fs::path>> SpaceProjects::set_aside(const fs::path& folder) {
    const std::scoped_lock lock(mutex_);
    const std::optional<fs::path> none;
    const auto projects = all();
    const bool is_taken =
        std::any_of(projects.begin(), projects.end(),
                    [&](const Project& project) { return project.path == folder; });
    if (is_taken || folder.parent_path() != root_ || !is_plain_folder(folder)) {
        remember_locked();
        return none;
    }
    const fs::path place = memory_.parent_path() / kAside;
    fs::path aside = place / new_uuid();
    std::error_code error;
    fs::create_directory(place, error);
    fs::rename(folder, aside, error);
    if (error) {
        // On another disk. Nobody looks at hidden names.
        aside = root_ / (std::string(kAsidePrefix) + new_uuid());
        fs::rename(folder, aside, error);
    }
    if (error) return fail(Fault::unavailable, error.message());
    // What comes in its place may become a project.
    remember_locked();
    return aside;
}

void SpaceProjects::sweep() {
    std::error_code ignored;
    fs::remove_all(memory_.parent_path() / kAside, ignored);
    for (fs::directory_iterator each(root_, ignored); each != fs::directory_iterator();
         each.increment(ignored)) {
        const fs::path path = each->path();
        if (path.filename().string().starts_with(kAsidePrefix)) fs::remove_all(path, ignored);
    }
}

std::vector<std::string> SpaceProjects::make_missing_folders() {
    const std::scoped_lock lock(mutex_);
    std::vector<std::string> made;
    std::error_code ignored;
    // Without its root the disk is missing, and not what is on it.
    if (!fs::is_directory(root_, ignored)) return made;
    for (const Project& project : knowledge_.projects()) {
        if (project.path.parent_path() != root_) continue;
        if (fs::symlink_status(project.path, ignored).type() != fs::file_type::not_found) continue;
        const std::string folder = project.path.filename().string();
        if (const int error = make_folders(project.path, 0777); error != 0) {
            knowledge_.log()(LogLevel::warning,
                             "the folder of project '" + project.name.str() +
                                 "' has gone and cannot be made again: " + reason_of(error));
            continue;
        }
        knowledge_.log()(LogLevel::info, "the folder of project '" + project.name.str() +
                                             "' had gone and is there again, empty");
        made.push_back(folder);
    }
    return made;
}

void SpaceProjects::remember() {
    const std::scoped_lock lock(mutex_);
    remember_locked();
}

void SpaceProjects::remember_locked() {
    const auto before = remembered_folders(memory_);
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

void SpaceProjects::write_memory(const std::set<std::string>& names) {
    std::string text;
    for (const std::string& name : names) text += name + '\n';
    if (const auto written = write_file_atomically(memory_, text, 0600); !written)
        knowledge_.log()(LogLevel::warning, written.error().message);
}

}  // namespace bm
