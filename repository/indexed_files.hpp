#pragma once

#include <functional>
#include <string>
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

/// Calls `seen` for each file of the project in ascending byte order of the path. Constant memory.
/// Belongs into a transaction of the caller's.
void each_indexed_file(Database& database, ProjectId project,
                       const std::function<void(IndexedFile)>& seen);

/// Of the file `path` and of all files below a folder of that name; for each of `paths`, in their
/// order, with what they share as often as it is named.
[[nodiscard]] std::vector<IndexedFile> indexed_files_at(Database& database, ProjectId project,
                                                        const std::vector<std::string>& paths);

}  // namespace bm
