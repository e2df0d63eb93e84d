#pragma once

#include "sync/index_note.hpp"

namespace bm {

/// The row of a file as the file alone has it: its permalink is the one that its author wrote, and
/// nothing of an older row is kept.
EntityDraft file_draft(const PreparedFile& file);

/// When it was changed last: what its author says, else the time of the file.
Timestamp updated_of(const PreparedFile& file);

}  // namespace bm
