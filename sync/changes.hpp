#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "repository/indexed_files.hpp"
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

/// Merges two lists that are sorted by path. Rows are handed in one by one, so that they need not
/// all be in memory. Pure: the caller has looked at the disk already. Rows below a folder that
/// could not be read count as unchanged.
class ChangeFinder {
public:
    /// `everything`: files that look the same count as touched too.
    ChangeFinder(const ScanResult& disk, bool everything);

    void row(IndexedFile indexed);
    Differences finish();

private:
    [[nodiscard]] bool lies_in_unreadable_folder(const std::string& path) const;

    const ScanResult& disk_;
    bool everything_;
    std::size_t next_ = 0;
    Differences differences_;
};

/// Files that were renamed: a new path whose bytes are those of a row whose file is gone. Each old
/// path at most once.
struct MovedFile {
    IndexedFile from;
    SeenFile to;
};

/// Takes the moves out of `differences`. `checksums` holds, for each added file in order, what is
/// known of its bytes.
std::vector<MovedFile> take_moves(Differences& differences,
                                  std::span<const std::optional<Checksum>> checksums);

}  // namespace bm
