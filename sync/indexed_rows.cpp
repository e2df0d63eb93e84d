#include "sync/indexed_rows.hpp"

#include <algorithm>
#include <utility>

namespace bm {

namespace {

constexpr std::size_t kRowsAtOnce = 2000;

}  // namespace

IndexedRows::IndexedRows(Index& index, ProjectId project, const SyncScope& scope)
    : index_(index), project_(project), may_have_more_(scope.is_whole_project()) {
    if (may_have_more_) return;
    rows_ = index_.read(
        [&](Tables& tables) { return indexed_files_at(tables.database, project_, scope.paths()); });
    std::sort(rows_.begin(), rows_.end(),
              [](const IndexedFile& a, const IndexedFile& b) { return a.path < b.path; });
}

std::optional<IndexedFile> IndexedRows::next() {
    if (next_ == rows_.size() && may_have_more_) read_page();
    if (next_ == rows_.size()) return std::nullopt;
    return std::move(rows_[next_++]);
}

void IndexedRows::read_page() {
    rows_ = index_.read([&](Tables& tables) {
        return indexed_files_after(tables.database, project_, last_, kRowsAtOnce);
    });
    next_ = 0;
    may_have_more_ = rows_.size() == kRowsAtOnce;
    if (may_have_more_) last_ = rows_.back().path.str();
}

}  // namespace bm
