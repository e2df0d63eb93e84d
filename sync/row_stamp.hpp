#pragma once

#include "repository/clock.hpp"
#include "repository/entity.hpp"

namespace bm {

// A file that is not settled (is_settled()) may change once more and keep its stamp. Whoever makes
// a row of it marks that row: its stamp has a ctime one nanosecond after the file's, which is no
// file's. A row without a mark says what its file says as long as their stamps are equal; the file
// of a row with one is read again by every scan, which takes the mark away once it is settled.

/// The stamp for a row: marked, unless every change after `then`, when reading (or writing) began,
/// gives the file another one.
FileStamp marked_unless_settled(FileStamp of_file, Timestamp then);

/// Whether a row was made of a file in this state, marked or not.
bool is_stamp_of(const FileStamp& of_row, const FileStamp& of_file);

}  // namespace bm
