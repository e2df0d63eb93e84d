#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "repository/entity.hpp"

namespace bm {

class Database;

/// What a scan compares the disk with.
struct IndexedFile {
    EntityId id;
    RelativePath path;
    FileStamp stamp;
    Checksum checksum;
};

/// The files of a project in ascending byte order of the path: at most `most` of those behind
/// `after`, which is "" for the first.
[[nodiscard]] std::vector<IndexedFile> indexed_files_after(Database& database, ProjectId project,
                                                           std::string_view after,
                                                           std::size_t most);

/// Of the file `path` and of all files below a folder of that name; for each of `paths`, in their
/// order, with what they share as often as it is named.
[[nodiscard]] std::vector<IndexedFile> indexed_files_at(Database& database, ProjectId project,
                                                        const std::vector<std::string>& paths);

/// How many there are of those, counted up to `most`.
[[nodiscard]] std::size_t count_files_at(Database& database, ProjectId project,
                                         const std::vector<std::string>& paths, std::size_t most);

}  // namespace bm
