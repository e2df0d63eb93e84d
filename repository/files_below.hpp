#pragma once

#include <string_view>
#include <vector>

#include "repository/entity_repository.hpp"

namespace bm {

/// Rows of files by place, for scans of a part of a project. One connection, one thread; never
/// opens a transaction.
class FilesBelow {
public:
    explicit FilesBelow(Database& database);

    /// Adds the row of the file `path` and those of all files below a folder of that name.
    void collect(ProjectId project, std::string_view path, std::vector<IndexedFile>& rows);

private:
    Statement at_, below_;
};

}  // namespace bm
