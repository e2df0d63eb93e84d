#pragma once

#include <cstdint>

#include "sync/index_note.hpp"

namespace bm {

/// Reads a file for indexing in bounded memory: a note up to kMaxNoteBytes is taken apart; of a
/// larger one title and path are indexed and its bytes are only hashed, as those of other files
/// are. Its stamp is one for a row (row_stamp). Same faults as NoteFiles::read and prepare_file.
Result<PreparedFile> prepare_from_disk(NoteFiles& files, const RelativePath& path);
/// With the size that a walk has seen.
Result<PreparedFile> prepare_from_disk(NoteFiles& files, const RelativePath& path,
                                       std::int64_t size);

/// The same for bytes that are in memory already; the stamp stays as it is.
Result<PreparedFile> prepare_bytes(const RelativePath& path, FileContent content);

/// A file of which nothing but name and checksum is known.
PreparedFile unread_file(const RelativePath& path, const MeasuredFile& measured);

}  // namespace bm
