#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "repository/database.hpp"
#include "repository/entity.hpp"

namespace bm {

/// One line of a directory listing. Folders exist only as ancestors of files.
struct DirectoryNode {
    std::string name;
    std::string path;  ///< "/docs" for folders, "docs/Note.md" for files
    bool is_folder = false;
    std::optional<Entity> entity;  ///< for files that were loaded
    EntityId id{};                 ///< of files
    std::string title;             ///< of files, with sort keys only
    Timestamp updated{};           ///< the same
};

/// The tree of a project as the index knows it. One connection, one thread.
class DirectoryRepository {
public:
    explicit DirectoryRepository(Database& database);

    /// Everything at most `depth` levels below `folder` ("" is the root), folders before files,
    /// each sorted by name and then path. A glob filters the names of folders and files without
    /// cutting the tree below a folder that does not match.
    [[nodiscard]] std::vector<DirectoryNode> list(ProjectId project, std::string_view folder,
                                                  int depth, std::optional<std::string_view> glob);

    /// The same without the entities of files: what a page of a large folder is chosen from.
    enum class SortKeys { none, title_and_time };
    [[nodiscard]] std::vector<DirectoryNode> outline(ProjectId project, std::string_view folder,
                                                     int depth,
                                                     std::optional<std::string_view> glob,
                                                     SortKeys keys);
    /// Adds the entities of files.
    void load(std::vector<DirectoryNode>& nodes);

private:
    Database& database_;
};

}  // namespace bm
