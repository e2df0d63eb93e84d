#include "repository/config_file.hpp"

#include <algorithm>
#include <mutex>
#include <system_error>
#include <utility>

#include <sys/stat.h>

#include "markdown/permalink.hpp"
#include "repository/config_document.hpp"
#include "repository/config_reading.hpp"
#include "repository/config_values.hpp"
#include "repository/file_lock.hpp"
#include "repository/folder_walk.hpp"
#include "repository/note_files.hpp"
#include "repository/settable_keys.hpp"
#include "repository/trouble.hpp"

namespace bm {

namespace fs = std::filesystem;

namespace {

/// The name in `projects.NAME.read_only` and the like, which may have dots of its own.
std::optional<std::string_view> project_in_key(std::string_view key, std::string_view behind) {
    constexpr std::string_view before = "projects.";
    if (!key.starts_with(before) || !key.ends_with(behind)) return std::nullopt;
    if (key.size() <= before.size() + behind.size()) return std::nullopt;
    return key.substr(before.size(), key.size() - before.size() - behind.size());
}

Result<void> set_mode(ConfigDocument& document, std::string_view name,
                      const std::optional<std::string>& json, const fs::path& file) {
    const auto projects = document.projects();
    if (!projects) return tl::unexpected(file_problem(file, projects.error()));
    if (!has_project(*projects, name)) return unknown_project(name);
    if (json != "\"cloud\"" && json != "\"local\"") {
        return fail(Fault::invalid,
                    "mode of project '" + std::string(name) + "' must be cloud or local");
    }
    const bool is_local = json == "\"local\"";
    const auto entry = std::find_if(projects->begin(), projects->end(),
                                    [name](const auto& each) { return each.name == name; });
    // Nobody could read the file any more.
    if (is_local && entry->path.empty()) {
        return fail(Fault::invalid,
                    "project '" + std::string(name) + "' has no path, so its mode cannot be local");
    }
    document.set_cloud(name, !is_local);
    return {};
}

Result<void> record_path(ConfigDocument& document, std::string_view name,
                         const std::optional<std::string>& json, const fs::path& file) {
    const auto projects = document.projects();
    if (!projects) return tl::unexpected(file_problem(file, projects.error()));
    if (!has_project(*projects, name)) return unknown_project(name);
    const auto value = parse_scalar(json.value_or("null"));
    const auto* path = value ? std::get_if<std::string>(&*value) : nullptr;
    if (path == nullptr || path->empty()) {
        return fail(Fault::invalid, "path of project '" + std::string(name) + "' must be a text");
    }
    document.record_path(name, *path);
    return {};
}

Result<void> set_read_only(ConfigDocument& document, std::string_view name,
                           const std::optional<std::string>& json, const fs::path& file) {
    const auto projects = document.projects();
    if (!projects) return tl::unexpected(file_problem(file, projects.error()));
    if (!has_project(*projects, name)) return unknown_project(name);
    if (json && *json != "true" && *json != "false") {
        return fail(Fault::invalid, "read_only of project '" + std::string(name) +
                                        "' must be true or false, not " + *json);
    }
    document.set_read_only(name, json == "true");
    return {};
}

/// The project that is there from the start has its folder from then on, whoever writes the file
/// first. One that is missing later is on a disk that is missing.
void make_first_folder(const ConfigDocument& document, const fs::path& folder) {
    const auto projects = document.projects();
    if (!projects) return;
    const bool is_named =
        std::any_of(projects->begin(), projects->end(),
                    [&](const ProjectEntry& project) { return project.path == folder.string(); });
    if (is_named) (void)make_folders(folder, 0777);
}

}  // namespace

/// One change at a time in this process; the lock file keeps the others out.
struct ConfigFile::Edits {
    std::mutex mutex;
};

ConfigFile::ConfigFile(DataDirectory directory, Environment environment)
    : directory_(std::move(directory)),
      environment_(std::move(environment)),
      edits_(std::make_unique<Edits>()) {}

ConfigFile::~ConfigFile() = default;

Result<Config> ConfigFile::load() const {
    auto document = read_config_document(directory_.config());
    if (!document) return tl::unexpected(document.error());
    if (!*document) {
        *document = ConfigDocument::fresh(default_project_directory(environment_).string());
    }
    return effective_config(**document, environment_, directory_.config());
}

Result<std::optional<LoadedConfig>> ConfigFile::load_existing() const {
    std::string version;
    const auto document = read_config_document(directory_.config(), version);
    if (!document) return tl::unexpected(document.error());
    if (!*document) return std::nullopt;
    return effective_config(**document, environment_, directory_.config())
        .map([&](Config config) -> std::optional<LoadedConfig> {
            return LoadedConfig{std::move(config), version};
        });
}

Result<Config> ConfigFile::load_or_create() {
    std::error_code ignored;
    if (!fs::exists(directory_.config(), ignored)) {
        auto created = change([](ConfigDocument&) -> Result<void> { return {}; });
        if (!created) return tl::unexpected(created.error());
    }
    return load();
}

Result<void> ConfigFile::change(const std::function<Result<void>(ConfigDocument&)>& edit) {
    const std::scoped_lock one_thread(edits_->mutex);
    try {
        std::error_code ignored;
        if (!fs::exists(directory_.root, ignored)) {
            // The lock file would make the folder too, but with the modes that the umask leaves.
            fs::create_directories(directory_.root.parent_path());
            ::mkdir(directory_.root.c_str(), 0700);
        }
        const auto one_process = FileLock::acquire(directory_.config_lock());
        auto document = read_config_document(directory_.config());
        if (!document) return tl::unexpected(document.error());
        const bool is_new = !document->has_value();
        if (is_new) {
            *document = ConfigDocument::fresh(default_project_directory(environment_).string());
        }
        const std::string before = (*document)->text();
        if (auto edited = edit(**document); !edited) return edited;
        const std::string after = (*document)->text();
        if (!is_new && after == before) return {};
        if (is_new) make_first_folder(**document, default_project_directory(environment_));
        return write_file_atomically(directory_.config(), after, 0600)
            .map_error([](const Error& error) {
                return Error{error.fault, "Failed to save config: " + error.message};
            });
    } catch (const std::system_error& error) {
        return fail(Fault::unavailable,
                    with_way_out(std::string("Failed to save config: ") + error.what()));
    }
}

Result<void> ConfigFile::add_project(const ProjectName& name, const fs::path& path,
                                     bool make_default) {
    return change([&](ConfigDocument& document) -> Result<void> {
        auto projects = document.projects();
        if (!projects) return tl::unexpected(file_problem(directory_.config(), projects.error()));
        if (has_project(*projects, name.str())) {
            return fail(Fault::conflict, "Project '" + name.str() + "' already exists");
        }
        // A file without projects means the usual one: it must not vanish behind the new one.
        if (projects->empty()) {
            document.put_project("main", default_project_directory(environment_).string());
        }
        document.put_project(name.str(), path.string());
        if (make_default) document.set("default_project", name.str());
        return {};
    });
}

Result<void> ConfigFile::remove_project(std::string_view name) {
    return change([&](ConfigDocument& document) -> Result<void> {
        if (!document.erase_project(name)) return unknown_project(name);
        auto projects = document.projects();
        auto standard = document.scalar("default_project");
        // Somebody has to be the default: the first of those that are left.
        if (projects && standard && *standard == ConfigScalar(std::string(name))) {
            if (projects->empty()) {
                document.erase("default_project");
            } else {
                document.set("default_project", projects->front().name);
            }
        }
        return {};
    });
}

Result<void> ConfigFile::set_project_path(std::string_view name, const fs::path& path) {
    return change([&](ConfigDocument& document) -> Result<void> {
        auto projects = document.projects();
        if (!projects) return tl::unexpected(file_problem(directory_.config(), projects.error()));
        if (!has_project(*projects, name)) return unknown_project(name);
        document.put_project(name, path.string());
        return {};
    });
}

Result<void> ConfigFile::set_default_project(std::string_view name) {
    return change([&](ConfigDocument& document) -> Result<void> {
        auto projects = document.projects();
        if (!projects) return tl::unexpected(file_problem(directory_.config(), projects.error()));
        if (!has_project(*projects, name)) return unknown_project(name);
        document.set("default_project", std::string(name));
        return {};
    });
}

Result<void> ConfigFile::put_cloud_project(const CloudProject& project) {
    return change([&](ConfigDocument& document) -> Result<void> {
        document.put_cloud_project(project);
        return {};
    });
}

Result<void> ConfigFile::remove_cloud_project(std::string_view name) {
    return change([&](ConfigDocument& document) -> Result<void> {
        if (!document.erase_cloud_project(name)) return unknown_project(name);
        return {};
    });
}

Result<std::vector<CloudProject>> ConfigFile::cloud_projects() const {
    auto document = read_config_document(directory_.config());
    if (!document) return tl::unexpected(document.error());
    if (!*document) return std::vector<CloudProject>{};
    return (*document)->cloud_projects().map_error(
        [&](const Error& error) { return file_problem(directory_.config(), error); });
}

Result<BisyncConfig> ConfigFile::bisync_config() const {
    auto document = read_config_document(directory_.config());
    if (!document) return tl::unexpected(document.error());
    if (!*document) return BisyncConfig{};
    return bisync_config_of(**document).map_error([&](const Error& error) {
        return file_problem(directory_.config(), error);
    });
}

Result<void> ConfigFile::set(std::string_view key, const std::optional<std::string>& json) {
    const auto locked = project_in_key(key, ".read_only");
    const auto routed = project_in_key(key, ".mode");
    const auto moved = project_in_key(key, ".path");
    return change([&](ConfigDocument& document) -> Result<void> {
        if (routed) return set_mode(document, *routed, json, directory_.config());
        if (moved) return record_path(document, *moved, json, directory_.config());
        if (locked) return set_read_only(document, *locked, json, directory_.config());
        if (!json) {
            if (!is_settable(key)) return unknown_setting(key);
            document.erase(key);
            if (const auto other = other_name_of(key); !other.empty()) document.erase(other);
            return {};
        }
        auto value = checked_value(key, *json);
        if (!value) return tl::unexpected(value.error());
        // A renamed setting stays under the name that the file already uses: the newer name wins.
        const auto other = other_name_of(key);
        const auto present = [&document](std::string_view name) {
            const auto found = document.scalar(name);
            return found && found->has_value();
        };
        const bool has_other = !other.empty() && present(other);
        if (has_other) document.set(other, *value);
        if (!has_other || present(key)) document.set(key, *value);
        return {};
    });
}

std::string ConfigFile::masked_text() const {
    const auto document = read_config_document(directory_.config());
    // The text of a file that cannot be read as JSON may hold anything, secrets too.
    if (!document) return document.error().message;
    return *document ? (*document)->masked_text() : "{}\n";
}

std::string ConfigFile::version() const {
    struct stat seen {};
    if (::stat(directory_.config().c_str(), &seen) != 0) return kNoFile;
    return config_version(seen);
}

}  // namespace bm
