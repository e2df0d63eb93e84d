#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "repository/index.hpp"
#include "repository/indexed_files.hpp"
#include "sync/sync_scope.hpp"

namespace bm {

/// The rows that a scope names, one after the other in byte order of their paths. Of a whole
/// project a page at a time: no snapshot of the index is kept while the disk is looked at. One
/// thread; throws DatabaseError as Index::read does.
class IndexedRows {
public:
    IndexedRows(Index& index, ProjectId project, const SyncScope& scope);

    std::optional<IndexedFile> next();

private:
    void read_page();

    Index& index_;
    ProjectId project_;
    bool may_have_more_;
    std::string last_;  ///< path of the page before
    std::vector<IndexedFile> rows_;
    std::size_t next_ = 0;
};

}  // namespace bm
