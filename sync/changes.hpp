#pragma once

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "repository/indexed_files.hpp"
#include "repository/note_files.hpp"
#include "sync/scan.hpp"

namespace bm {

/// A file that is on disk and looks different from its row.
struct TouchedFile {
    SeenFile seen;
    IndexedFile row;
};

/// How the disk differs from the index, before any byte is read.
struct Differences {
    std::vector<SeenFile> added;
    std::vector<TouchedFile> touched;
    std::vector<IndexedFile> gone;
    std::int64_t unchanged = 0;
};

/// The next row in ascending byte order of the path, or none after the last.
using NextRow = std::function<std::optional<IndexedFile>()>;

/// Whether a file may say something else than its row although that was made of a file with the
/// same stamp (is_stamp_of(): a marked row's is another one).
using MayDiffer = std::function<bool(const SeenFile&, const IndexedFile&)>;

/// Merges files and rows, both sorted by path. Both come one by one, so that only what differs is
/// in memory. Pure: the caller looks at the disk and at the index.
class ChangeFinder {
public:
    /// `everything`: files that look the same count as touched too; else those of which
    /// `may_differ` says so.
    ChangeFinder(NextRow next_row, bool everything, MayDiffer may_differ);

    void file(SeenFile seen);
    /// Rows below a folder that could not be read count as unchanged.
    Differences finish(std::span<const std::string> unreadable_folders);

    /// There was no row at all so far.
    [[nodiscard]] bool has_seen_no_row() const noexcept { return has_seen_no_row_; }
    /// What has been found so far; finish() comes back with the rest.
    [[nodiscard]] Differences& so_far() noexcept { return differences_; }

private:
    void take_row();

    NextRow next_row_;
    bool everything_;
    MayDiffer may_differ_;
    bool has_seen_no_row_ = true;
    std::optional<IndexedFile> row_;  ///< the first that is not compared yet
    Differences differences_;
};

/// A file that was renamed: each old path at most once.
struct MovedFile {
    IndexedFile from;
    SeenFile to;
};

/// Takes the moves out of `differences`. A new path is a renamed one when its bytes are those of a
/// row whose file is gone, or when it is that very file with other bytes: the same inode, made
/// before the row's file was last seen. `measured` holds, for each added file in order, what is
/// known of it.
std::vector<MovedFile> take_moves(Differences& differences,
                                  std::span<const std::optional<MeasuredFile>> measured);

}  // namespace bm
