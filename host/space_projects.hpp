#pragma once

#include <cstdint>
#include <filesystem>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "sync/knowledge_base.hpp"

namespace bm {

/// Folders directly below `root` that could be projects: no hidden ones, no links, no files. Throws
/// std::filesystem::filesystem_error when the root cannot be read.
[[nodiscard]] std::set<std::string> folders_below(const std::filesystem::path& root);

/// What SpaceProjects has written into its memory.
[[nodiscard]] std::set<std::string> remembered_folders(const std::filesystem::path& memory);

/// The projects of one space: each is a folder directly below its root, and no caller says where
/// else. Thread-safe.
class SpaceProjects {
public:
    /// `root` has the folders; `memory` is a file in a folder of the space's own.
    SpaceProjects(KnowledgeBase& knowledge, std::filesystem::path root,
                  std::filesystem::path memory);

    /// In the order in which they were made.
    [[nodiscard]] std::vector<Project> all();
    /// As it is spelled.
    [[nodiscard]] std::optional<Project> by_name(std::string_view name);
    [[nodiscard]] std::optional<Project> by_permalink(std::string_view permalink);
    [[nodiscard]] std::optional<Project> by_id(std::string_view external_id);
    /// `/{folder}`.
    [[nodiscard]] std::string shown_path(const Project& project) const;

    /// The folder that a new project gets: the one that `path` names where that is there already,
    /// else the name's permalink. Fault::invalid for a name that gives none.
    [[nodiscard]] Result<std::filesystem::path> folder_of_new(
        std::string_view name, const std::optional<std::string>& path) const;

    /// The folder is there when this returns. Fault::conflict for another path under the same name
    /// and for a folder of another project, whatever its case.
    Result<AddedProject> add(std::string_view name, const std::optional<std::string>& path,
                             bool make_default);
    /// Removes the project and remembers its folder, so that nobody finds it anew.
    Result<void> remove(std::string_view name);
    /// Points a project to another folder below the root. Fault::invalid for any other place.
    Result<Project> move(const Project& project, std::string_view path);

    /// Registers folders that no project has, but for those that one had before. The names of the
    /// new projects.
    std::vector<std::string> discover();
    /// Makes folders of projects that have gone, where the root has not, and names them: what a
    /// client removed with its files is still a project, and may be written to. Whoever calls
    /// indexes them, so that the notes go.
    std::vector<std::string> make_missing_folders();
    /// Remembers the folders that have a project now.
    void remember();
    /// Takes the folder of a project that was removed out of the space, so that it can be deleted
    /// without hurry: whatever is made in its place from now on is new. Where it is now, or nothing
    /// when it has gone or a project has it again. Fault::unavailable when the disk refuses.
    [[nodiscard]] Result<std::optional<std::filesystem::path>> set_aside(
        const std::filesystem::path& folder);
    /// Deletes what was set aside when the host was killed.
    void sweep();
    /// For whoever adds or removes projects past this object: nothing is found anew meanwhile, and
    /// what had a project before or has one afterwards is remembered. `work` calls nothing of ours.
    template <class Work>
    auto exclusively(Work&& work) {
        const std::scoped_lock lock(mutex_);
        remember_locked();
        auto result = std::forward<Work>(work)();
        remember_locked();
        return result;
    }

private:
    Result<void> check_free(const std::filesystem::path& folder, std::string_view name);
    [[nodiscard]] bool names_folder_of(const Project& project, std::string_view path) const;
    Result<AddedProject> known(const Project& project, const std::optional<std::string>& path,
                               bool make_default);
    void write_memory(const std::set<std::string>& names);
    void remember_locked();
    [[nodiscard]] IgnoreRules user_rules() const;
    void tell_once(const std::string& folder, const std::string& why);

    KnowledgeBase& knowledge_;
    std::filesystem::path root_;
    std::filesystem::path memory_;
    std::mutex mutex_;
    std::set<std::string> told_;  ///< folders that cannot become projects, once that is logged
};

}  // namespace bm
