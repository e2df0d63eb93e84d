#pragma once

#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sync/whole_knowledge.hpp"

namespace bm {

/// What is known, as far as the caller may see it: the one object that tools and commands share,
/// and the one place that decides which projects there are for whom. Thread-safe. Construction
/// opens nothing; the index is opened at its first use.
class KnowledgeBase {
public:
    struct Parts {
        DataDirectory directory;
        Environment environment;
        Clock clock;
        Log log;
        /// The project that this process is bound to (`mcp --project`), by its configured name.
        /// Tools keep to it; commands see all projects.
        std::optional<std::string> constraint;
    };

    explicit KnowledgeBase(Parts parts);
    ~KnowledgeBase();
    KnowledgeBase(const KnowledgeBase&) = delete;
    KnowledgeBase& operator=(const KnowledgeBase&) = delete;

    /// The same knowledge for a caller who may touch one project only, by its configured name: no
    /// other one is found, named or changed through it, and none at all when there is no such
    /// project. Shares everything with this one and may outlive it.
    [[nodiscard]] std::unique_ptr<KnowledgeBase> bound_to(const std::string& project) const;

    /// The only project that tools may work in; none when they may choose.
    [[nodiscard]] const std::optional<std::string>& constraint() const noexcept {
        return only_ ? only_ : constraint_;
    }
    /// Whether that is so because of who calls, which no setting changes.
    [[nodiscard]] bool is_bound_by_caller() const noexcept { return only_.has_value(); }

    /// The settings as they are now; read again when the file has changed. A file that became
    /// unreadable or went away keeps the last good settings and is logged once; throws only when
    /// there never were any.
    std::shared_ptr<const Config> config();
    /// Fault::invalid when config.json cannot be used; the first thing that a command asks.
    Result<void> check_config() { return whole_->check_config(); }
    /// The text of config.json without secrets. Fault::forbidden for a caller who is bound to one
    /// project, since it names all of them.
    Result<std::string> masked_config_text();
    [[nodiscard]] const DataDirectory& directory() const noexcept { return whole_->directory(); }

    Index& index() { return whole_->index(); }
    PathLocks& locks() { return whole_->locks(); }
    /// Earlier versions of notes.
    [[nodiscard]] const NoteHistory& history() const noexcept { return whole_->history(); }
    [[nodiscard]] HistoryCare& history_care() noexcept { return whole_->history_care(); }
    ChangeFeed& changes() noexcept { return whole_->changes(); }
    /// Projects that need a sync soon: their row is new and nobody has scanned them, or a change
    /// could not be indexed.
    SyncWishes& wishes() noexcept { return whole_->wishes(); }
    [[nodiscard]] Timestamp now() const { return whole_->now(); }
    [[nodiscard]] const Log& log() const noexcept { return whole_->log(); }
    [[nodiscard]] const Environment& environment() const noexcept { return whole_->environment(); }

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
    bool was_scanned(const Project& project) { return whole_->was_scanned(project); }
    /// The files of a project.
    [[nodiscard]] std::unique_ptr<NoteFiles> files(const Project& project) const {
        return whole_->files(project);
    }

    /// What is left out of a project: by the user's ignore file (made with the default list at its
    /// first use), by the project's own .bmignore and .gitignore, and the folders of projects that
    /// lie in it.
    IgnoreRules ignore_rules(const Project& project);
    /// The projects whose folders lie below `path`, which is that of a project. Without names for
    /// a caller who is bound.
    std::vector<InnerProject> inner_projects(const std::filesystem::path& path);

    /// Makes the folder if needed. Fault::conflict with the texts for another path under the same
    /// name, and for nested projects. This and the next three: Fault::forbidden for a caller who is
    /// bound to one project.
    Result<AddedProject> add_project(std::string_view name, std::string_view path,
                                     bool make_default);
    /// Removes the rows and the entry, never files; also an entry without a folder.
    /// Fault::not_found; Fault::conflict for the default project.
    Result<ConfiguredProject> remove_project(std::string_view name);
    Result<Project> set_default_project(std::string_view name);
    /// Changes where the project is looked for, or gives it a folder; moves no file.
    Result<Project> set_project_path(std::string_view name, std::string_view path);

private:
    KnowledgeBase(const KnowledgeBase& all, std::string only);
    [[nodiscard]] bool sees(std::string_view project) const;
    [[nodiscard]] Result<void> check_changes() const;

    std::shared_ptr<WholeKnowledge> whole_;
    std::optional<std::string> constraint_;
    std::optional<std::string> only_;  ///< project of the caller
    std::mutex mutex_;
    std::shared_ptr<const Config> source_;  ///< that `visible_` was made of, guarded by mutex_
    std::shared_ptr<const Config> visible_;
};

}  // namespace bm
