#pragma once

#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "markdown/result.hpp"
#include "repository/clock.hpp"
#include "repository/config_file.hpp"
#include "repository/file_lock.hpp"
#include "repository/index.hpp"
#include "repository/log.hpp"
#include "repository/note_files.hpp"
#include "repository/note_history.hpp"
#include "sync/change_feed.hpp"
#include "sync/configured_projects.hpp"
#include "sync/history_care.hpp"
#include "sync/ignore_files.hpp"
#include "sync/ignore_rules.hpp"
#include "sync/inner_projects.hpp"
#include "sync/sync_wishes.hpp"

namespace bm {

/// What adding a project came to.
struct AddedProject {
    Project project;
    bool existed = false;  ///< same name and same path were known before
};

/// All projects of one data directory, whoever asks: configuration, index, files, locks. Reached
/// through a KnowledgeBase, which knows what its caller may see. Thread-safe. Construction opens
/// nothing; the index is opened at its first use.
class WholeKnowledge {
public:
    struct Parts {
        DataDirectory directory;
        Environment environment;
        Clock clock;
        Log log;
    };

    explicit WholeKnowledge(Parts parts);
    ~WholeKnowledge();
    WholeKnowledge(const WholeKnowledge&) = delete;
    WholeKnowledge& operator=(const WholeKnowledge&) = delete;

    /// The settings as they are now; read again when the file has changed. A file that became
    /// unreadable or went away keeps the last good settings and is logged once; throws only when
    /// there never were any.
    std::shared_ptr<const Config> config();
    /// Fault::invalid when config.json cannot be used; the first thing that a command asks.
    Result<void> check_config();
    [[nodiscard]] ConfigFile& config_file() noexcept { return config_file_; }
    [[nodiscard]] const DataDirectory& directory() const noexcept { return parts_.directory; }

    Index& index();
    PathLocks& locks();
    /// Earlier versions of notes.
    [[nodiscard]] const NoteHistory& history() const noexcept { return history_; }
    [[nodiscard]] HistoryCare& history_care() noexcept { return history_care_; }
    ChangeFeed& changes() noexcept { return changes_; }
    /// Projects that need a sync soon: their row is new and nobody has scanned them, or a change
    /// could not be indexed.
    SyncWishes& wishes() noexcept { return wishes_; }
    [[nodiscard]] Timestamp now() const { return parts_.clock(); }
    [[nodiscard]] const Log& log() const noexcept { return parts_.log; }
    [[nodiscard]] const Environment& environment() const noexcept { return parts_.environment; }

    /// The configured projects with their rows, in the order of the configuration. The
    /// configuration is the truth: rows are made, changed and removed to agree with it.
    std::vector<Project> projects();
    /// Exact name, then slug, then name without regard to case.
    std::optional<Project> find_project(std::string_view name);
    /// The same; Fault::not_found names the projects that there are, or says how an entry gets a
    /// folder that has none.
    Result<Project> named_project(std::string_view name);
    std::optional<Project> find_project_by_id(std::string_view external_id);
    std::optional<Project> default_project();
    /// Whether a scan of the whole project was ever finished since its row was made.
    bool was_scanned(const Project& project);
    /// The files of a project.
    std::unique_ptr<NoteFiles> files(const Project& project) const;

    /// What is left out of a project: by the user's ignore file (made with the default list at its
    /// first use), by the project's own .bmignore and .gitignore, and the folders of projects that
    /// lie in it.
    IgnoreRules ignore_rules(const Project& project);
    /// The projects whose folders lie below `path`, which is that of a project.
    std::vector<InnerProject> inner_projects(const std::filesystem::path& path);

    /// Makes the folder if needed. Fault::conflict with the texts for another path under the same
    /// name, and for nested projects.
    Result<AddedProject> add_project(std::string_view name, std::string_view path,
                                     bool make_default);
    /// Removes the rows and the entry, never files; also an entry without a folder.
    /// Fault::not_found; Fault::conflict for the default project.
    Result<ConfiguredProject> remove_project(std::string_view name);
    Result<Project> set_default_project(std::string_view name);
    /// Changes where the project is looked for, or gives it a folder; moves no file.
    Result<Project> set_project_path(std::string_view name, std::string_view path);

private:
    std::shared_ptr<const LoadedConfig> settings();
    Result<LoadedConfig> first_settings();
    std::shared_ptr<const LoadedConfig> agreed_settings();
    bool is_refused(const std::string& version);
    bool rows_agree_with(const Config& config);
    bool make_rows_agree_with(const LoadedConfig& settings);
    bool is_new_to_us(const Project& project);
    std::vector<Project> rows_in_order(const Config& config);
    void warn_of_missing_paths(const Config& config);

    Parts parts_;
    ConfigFile config_file_;
    NoteHistory history_;
    IgnoreFiles ignore_files_;
    InnerProjects inner_projects_;
    std::mutex agree_mutex_;                      ///< taken before mutex_
    std::shared_ptr<const LoadedConfig> agreed_;  ///< the settings that the rows agree with
    std::set<std::string> seen_projects_;         ///< external ids, guarded by agree_mutex_
    std::set<std::string> warned_projects_;       ///< names, guarded by agree_mutex_
    ChangeFeed changes_;
    SyncWishes wishes_;
    std::mutex mutex_;
    std::shared_ptr<const LoadedConfig> settings_;
    std::string refused_version_;    ///< of a file that was not used, once that is logged
    bool refusal_may_pass_ = false;  ///< it could not be read, and is tried at each use
    std::unique_ptr<Index> index_;
    std::unique_ptr<PathLocks> locks_;
    HistoryCare history_care_;  ///< its thread ends before all others go
};

}  // namespace bm
