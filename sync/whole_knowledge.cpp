#include "sync/whole_knowledge.hpp"

#include <algorithm>
#include <stdexcept>
#include <system_error>

#include "markdown/permalink.hpp"
#include "repository/folder_walk.hpp"
#include "sync/note_history.hpp"

namespace bm {

namespace fs = std::filesystem;

namespace {

/// The folder of a project is made when somebody names it, and never again: when it is missing
/// later, its disk is.
Result<void> make_project_folder(const fs::path& path) {
    const int error = make_folders(path, 0777);
    std::error_code ignored;
    if (error == 0 && fs::is_directory(path, ignored)) return {};
    return fail(Fault::unavailable, "Failed to create directory " + path.string() + ": " +
                                        (error != 0 ? reason_of(error) : "it is not a folder"));
}

Result<Project> as_row(std::optional<Project> project, const std::string& name) {
    if (project) return *std::move(project);
    return fail(Fault::unavailable, "Project '" + name + "' cannot be opened");
}

/// While the environment names the projects, config.json is not asked for them.
Result<void> check_projects_can_change(const Environment& environment) {
    if (!environment("BASIC_MEMORY_PROJECTS")) return {};
    return fail(Fault::conflict,
                "The environment variable BASIC_MEMORY_PROJECTS names the projects in place of "
                "config.json. Change the variable, or unset it and try again.");
}

}  // namespace

WholeKnowledge::WholeKnowledge(Parts parts)
    : parts_(std::move(parts)),
      config_file_(parts_.directory, parts_.environment),
      history_(parts_.directory.history()),
      ignore_files_(parts_.log),
      changes_(parts_.directory.mailboxes()),
      history_care_([this](Timestamp now) {
          prune_history(
              history_, [this] { return config(); }, parts_.log, now);
      }) {}

WholeKnowledge::~WholeKnowledge() = default;

std::shared_ptr<const Config> WholeKnowledge::config() {
    auto current = settings();
    const Config* config = &current->config;
    return {std::move(current), config};
}

std::shared_ptr<const LoadedConfig> WholeKnowledge::settings() {
    const std::string version = config_file_.version();
    const std::scoped_lock lock(mutex_);
    if (!settings_) {
        auto first = first_settings();
        if (!first) throw std::runtime_error(first.error().message);
        settings_ = std::make_shared<const LoadedConfig>(*std::move(first));
        return settings_;
    }
    const bool is_refused = version == refused_version_ && !refusal_may_pass_;
    if (version == settings_->version || is_refused) return settings_;
    auto loaded = config_file_.load_existing();
    if (loaded && *loaded) {
        settings_ = std::make_shared<const LoadedConfig>(**std::move(loaded));
        refused_version_.clear();
        return settings_;
    }
    // What could not be read may be good.
    refusal_may_pass_ = !loaded && loaded.error().fault == Fault::unavailable;
    if (version == refused_version_) return settings_;
    // Editors and synchronisation replace files in two steps: one that is not there is no wish.
    const std::string reason =
        loaded ? parts_.directory.config().string() + " is not there" : loaded.error().message;
    parts_.log(LogLevel::error, reason + " (the last good settings stay in force)");
    refused_version_ = version;
    return settings_;
}

Result<LoadedConfig> WholeKnowledge::first_settings() {
    const auto made = config_file_.load_or_create();
    if (!made) return tl::unexpected(made.error());
    return config_file_.load_existing().map([&](const std::optional<LoadedConfig>& loaded) {
        return loaded ? *loaded : LoadedConfig{*made, config_file_.version()};
    });
}

Result<void> WholeKnowledge::check_config() {
    const std::scoped_lock lock(mutex_);
    return first_settings().map([&](const LoadedConfig& loaded) {
        settings_ = std::make_shared<const LoadedConfig>(loaded);
    });
}

Index& WholeKnowledge::index() {
    const std::scoped_lock lock(mutex_);
    if (!index_) index_ = std::make_unique<Index>(parts_.directory.index(), parts_.log);
    return *index_;
}

PathLocks& WholeKnowledge::locks() {
    const std::scoped_lock lock(mutex_);
    if (!locks_) locks_ = std::make_unique<PathLocks>(parts_.directory.locks());
    return *locks_;
}

std::unique_ptr<NoteFiles> WholeKnowledge::files(const Project& project) const {
    return std::make_unique<DiskNoteFiles>(project.path);
}

IgnoreRules WholeKnowledge::ignore_rules(const Project& project) {
    const fs::path user_file = parts_.directory.ignore_file();
    ignore_files_.make_user_file(user_file);
    auto rules = ignore_files_.rules(user_file, project.path);
    rules.leave_to(inner_projects(project.path));
    return rules;
}

std::vector<InnerProject> WholeKnowledge::inner_projects(const fs::path& path) {
    return inner_projects_.below(path, config());
}

bool WholeKnowledge::is_refused(const std::string& version) {
    const std::scoped_lock lock(mutex_);
    return version == refused_version_;
}

bool WholeKnowledge::rows_agree_with(const Config& config) {
    const auto rows = index().read([](Tables& tables) { return tables.projects.all(); });
    if (rows.size() != count_local(config)) return false;
    return std::all_of(
        config.projects.begin(), config.projects.end(), [&](const ConfiguredProject& project) {
            if (project.path.empty()) return true;
            const auto row = std::find_if(rows.begin(), rows.end(), [&](const Project& each) {
                return each.name.str() == project.name;
            });
            return row != rows.end() && row->path == project.path &&
                   row->is_default == (project.name == config.default_project);
        });
}

bool WholeKnowledge::make_rows_agree_with(const LoadedConfig& settings) {
    const Config& config = settings.config;
    std::vector<std::string> unscanned;
    const bool agree = index().write([&](Tables& tables) {
        // Whoever adds a project writes the file first. If it has changed since we read it, rows
        // that look superfluous to us may be new; if it is not there or cannot be used, it says
        // nothing.
        const std::string version = config_file_.version();
        const bool says_nothing = version == ConfigFile::kNoFile || is_refused(version);
        if (version != settings.version && !says_nothing) return false;
        for (const auto& row : tables.projects.all()) {
            const bool wanted = std::any_of(
                config.projects.begin(), config.projects.end(), [&](const auto& project) {
                    return project.name == row.name.str() && !project.path.empty();
                });
            if (!wanted && !says_nothing) tables.projects.erase(row.id);
        }
        for (const auto& project : config.projects) {
            const auto name = ProjectName::parse(project.name);
            if (!name || project.path.empty()) continue;
            auto row = tables.projects.find(project.name);
            if (!row || row->name != *name)
                row = tables.projects.insert(*name, project.path, now());
            if (row->path != project.path) {
                history_.follow(row->path, project.path);
                tables.projects.set_path(row->id, project.path, now());
                unscanned.push_back(project.name);
            }
            if (project.name == config.default_project) tables.projects.set_default(row->id);
        }
        return true;
    });
    if (agree) {
        for (auto& name : unscanned) wishes_.add(std::move(name));
    }
    return agree;
}

std::shared_ptr<const LoadedConfig> WholeKnowledge::agreed_settings() {
    // How often the configuration may change while rows are made to agree with it.
    constexpr int kMaxAttempts = 10;
    const std::scoped_lock one_at_a_time(agree_mutex_);
    auto current = settings();
    for (int attempt = 0; attempt < kMaxAttempts && agreed_ != current; ++attempt) {
        if (rows_agree_with(current->config) || make_rows_agree_with(*current)) {
            agreed_ = current;
            warn_of_missing_paths(current->config);
        }
        current = settings();
    }
    return current;
}

void WholeKnowledge::warn_of_missing_paths(const Config& config) {
    for (const auto& project : config.projects) {
        if (!project.path.empty() || project.cloud) continue;
        if (!warned_projects_.insert(project.name).second) continue;
        parts_.log(LogLevel::warning, "project '" + project.name +
                                          "' is skipped: its path in the configuration is not "
                                          "absolute");
    }
}

bool WholeKnowledge::is_new_to_us(const Project& project) {
    const std::scoped_lock lock(agree_mutex_);
    return seen_projects_.insert(project.external_id).second;
}

std::vector<Project> WholeKnowledge::rows_in_order(const Config& config) {
    std::vector<Project> ordered;
    std::vector<std::string> unscanned;
    // Every call comes here: none waits for what another one reads.
    index().read([&](Tables& tables) {
        const auto rows = tables.projects.all();
        for (const auto& project : config.projects) {
            const auto row = std::find_if(rows.begin(), rows.end(), [&](const Project& each) {
                return each.name.str() == project.name;
            });
            if (row == rows.end()) continue;
            ordered.push_back(*row);
            // Rows that we have not met were made just now, perhaps in a database that another
            // process has put in the place of the old one.
            if (is_new_to_us(*row) && !tables.projects.last_scan(row->id)) {
                unscanned.push_back(project.name);
            }
        }
    });
    for (auto& name : unscanned) wishes_.add(std::move(name));
    return ordered;
}

std::vector<Project> WholeKnowledge::projects() {
    std::vector<Project> ordered;
    for (int attempt = 0; attempt < 2; ++attempt) {
        const auto current = agreed_settings();
        ordered = rows_in_order(current->config);
        if (ordered.size() == count_local(current->config)) break;
        // The database was replaced under us, or another process knows a newer configuration.
        const std::scoped_lock lock(agree_mutex_);
        agreed_.reset();
    }
    return ordered;
}

bool WholeKnowledge::was_scanned(const Project& project) {
    return index().read(
        [&](Tables& tables) { return tables.projects.last_scan(project.id).has_value(); });
}

std::optional<Project> WholeKnowledge::find_project(std::string_view name) {
    const auto settings = config();
    const auto* entry = find_configured(*settings, name);
    if (entry == nullptr) return std::nullopt;
    for (auto& project : projects()) {
        if (project.name.str() == entry->name) return std::move(project);
    }
    return std::nullopt;
}

std::optional<Project> WholeKnowledge::find_project_by_id(std::string_view external_id) {
    const auto wanted = uuid_bytes(external_id);
    if (!wanted) return std::nullopt;
    for (auto& project : projects()) {
        if (uuid_bytes(project.external_id) == wanted) return std::move(project);
    }
    return std::nullopt;
}

std::optional<Project> WholeKnowledge::default_project() {
    return find_project(config()->default_project);
}

Result<AddedProject> WholeKnowledge::add_project(std::string_view raw_name,
                                                 std::string_view raw_path, bool make_default) {
    const auto name = ProjectName::parse(raw_name);
    if (!name) return tl::unexpected(name.error());
    const auto settings = config();
    fs::path path = expanded_path(raw_path, parts_.environment);
    if (settings->project_root) {
        path = expanded_path(*settings->project_root, parts_.environment) / slug(name->str());
    }
    const auto* known = find_configured(*settings, name->str());
    if (known != nullptr && !known->path.empty()) {
        if (fs::weakly_canonical(known->path) != fs::weakly_canonical(path)) {
            return fail(Fault::conflict, "Project '" + name->str() +
                                             "' already exists with different path. Existing: " +
                                             known->path.string() +
                                             ", Requested: " + path.string());
        }
        if (make_default) {
            if (const auto set = set_default_project(known->name); !set)
                return tl::unexpected(set.error());
        }
        return as_row(find_project(known->name), known->name).map([](const Project& project) {
            return AddedProject{project, true};
        });
    }
    if (const auto can = check_projects_can_change(parts_.environment); !can)
        return tl::unexpected(can.error());
    if (const auto free = check_nesting(path, parts_.directory.root, *settings); !free)
        return tl::unexpected(free.error());
    if (const auto made = make_project_folder(path); !made) return tl::unexpected(made.error());
    // A name that has no local path yet gets this one.
    const auto added = known != nullptr ? config_file_.set_project_path(known->name, path)
                                        : config_file_.add_project(*name, path, make_default);
    if (!added) return tl::unexpected(added.error());
    if (known != nullptr && make_default) {
        if (const auto set = config_file_.set_default_project(known->name); !set)
            return tl::unexpected(set.error());
    }
    changes_.publish({NoteChange::Kind::projects, name->str(), ""});
    return as_row(find_project(name->str()), name->str()).map([](const Project& project) {
        return AddedProject{project, false};
    });
}

Result<Project> WholeKnowledge::named_project(std::string_view name) {
    if (auto project = find_project(name)) return *std::move(project);
    const auto settings = config();
    const auto* entry = find_configured(*settings, name);
    if (entry == nullptr) return tl::unexpected(unknown_project(name, *settings));
    if (!entry->path.empty()) return as_row(std::nullopt, entry->name);
    return fail(Fault::not_found, "Project '" + entry->name +
                                      "' has no folder on this computer. Give it one: `bm project "
                                      "move " +
                                      entry->name + " PATH`");
}

Result<ConfiguredProject> WholeKnowledge::remove_project(std::string_view name) {
    const auto settings = config();
    const auto* entry = find_configured(*settings, name);
    if (entry == nullptr) return tl::unexpected(unknown_project(name, *settings));
    if (entry->name == settings->default_project) {
        std::string text = "Cannot delete default project '" + entry->name + "'. ";
        if (settings->projects.size() == 1) {
            text += "This is the only project in your configuration.";
        } else {
            auto others = settings->projects;
            std::erase_if(others, [&](const auto& other) { return other.name == entry->name; });
            text += "Set another project as default first. Available: " + join_names(others);
        }
        return fail(Fault::conflict, std::move(text));
    }
    if (const auto can = check_projects_can_change(parts_.environment); !can)
        return tl::unexpected(can.error());
    // None for an entry without a folder.
    const auto project = find_project(entry->name);
    if (const auto removed = config_file_.remove_project(entry->name); !removed) {
        return tl::unexpected(removed.error());
    }
    index().write([&](Tables& tables) {
        // Whoever else saw the new configuration may have removed the rows already.
        const auto row = tables.projects.find(entry->name);
        if (!row || !project || row->id != project->id) return;
        tables.text.clear(project->id);
        tables.projects.erase(project->id);
    });
    changes_.publish({NoteChange::Kind::projects, entry->name, ""});
    return *entry;
}

Result<Project> WholeKnowledge::set_default_project(std::string_view name) {
    const auto project = named_project(name);
    if (!project) return tl::unexpected(project.error());
    if (const auto set = config_file_.set_default_project(project->name.str()); !set) {
        return tl::unexpected(set.error());
    }
    return as_row(find_project(project->name.str()), project->name.str());
}

Result<Project> WholeKnowledge::set_project_path(std::string_view name, std::string_view raw_path) {
    const auto settings = config();
    const auto* entry = find_configured(*settings, name);
    if (entry == nullptr) return tl::unexpected(unknown_project(name, *settings));
    const fs::path path = expanded_path(raw_path, parts_.environment);
    Config others = *settings;
    std::erase_if(others.projects, [&](const auto& other) { return other.name == entry->name; });
    if (const auto can = check_projects_can_change(parts_.environment); !can)
        return tl::unexpected(can.error());
    if (const auto free = check_nesting(path, parts_.directory.root, others); !free)
        return tl::unexpected(free.error());
    if (const auto made = make_project_folder(path); !made) return tl::unexpected(made.error());
    if (const auto set = config_file_.set_project_path(entry->name, path); !set) {
        return tl::unexpected(set.error());
    }
    changes_.publish({NoteChange::Kind::projects, entry->name, ""});
    return as_row(find_project(entry->name), entry->name);
}

}  // namespace bm
