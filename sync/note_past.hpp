#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "repository/entity.hpp"
#include "repository/note_history.hpp"
#include "repository/project_repository.hpp"

/// What the journal of a project tells of one note. Records that were taken back are passed over.
namespace bm {

struct NotePast {
    std::vector<HistoryRecord> records;    ///< the latest first
    std::optional<HistoryRecord> current;  ///< what a tool wrote last, if the file says so still
};
/// The versions of the note at `path`, across its moves; not those of other notes that were there
/// before it came. `on_disk` is what the file says now, if anybody can tell.
NotePast past_of(const NoteHistory& history, const Project& project, const RelativePath& path,
                 const std::optional<Checksum>& on_disk);

struct LastPlace {
    RelativePath path;
    std::string title;
};
/// Where the note is now, or was last, that had one of these names (path, permalink or title) most
/// recently.
std::optional<LastPlace> last_place_of(const NoteHistory& history, const Project& project,
                                       const std::vector<std::string>& names);

/// The last places of notes with this title, the latest first, some of them more than once.
std::vector<RelativePath> places_of_title(const NoteHistory& history, const Project& project,
                                          std::string_view title);

/// The version that was current at a moment. Null when none of them was, or none is known to be.
const HistoryRecord* version_at(const std::vector<HistoryRecord>& latest_first, Timestamp moment);

}  // namespace bm
