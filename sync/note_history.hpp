#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "markdown/result.hpp"
#include "repository/note_history.hpp"
#include "sync/index_note.hpp"
#include "sync/note_store.hpp"

/// Earlier versions of notes: who adds to them, and how one comes back.
namespace bm {

/// Keeps the bytes that a change of ours takes away; nothing where the settings switch the history
/// off, which is Fault::forbidden. Fault::unavailable is logged, so that a change may go on.
Result<void> keep_version(KnowledgeBase& knowledge, const Project& project, HistoryRecord record,
                          std::optional<std::string_view> bytes);
/// Keeps the version of a note that another program has written, for whoever indexes it: `bytes`
/// are those that the rows are made of.
void keep_external(KnowledgeBase& knowledge, const Project& project, const PreparedFile& file,
                   std::string_view bytes);
/// Keeps the history within the limits of the settings, at most once a day. For threads in the
/// background and commands about the history, never for the path of a write.
void prune_history(KnowledgeBase& knowledge);
HistoryLimits history_limits(const Config& config);

/// What is known of one note's past.
struct NoteVersions {
    Project project;
    RelativePath path;
    std::string title;             ///< the last one that is known
    std::optional<Entity> entity;  ///< absent when the note is gone
    /// The latest first. Those with a checksum can be restored; the others tell of a move, or of
    /// a file that was too large.
    std::vector<HistoryRecord> records;
};

/// The versions of the note that `identifier` names, across moves. A note that is gone is found by
/// the path, permalink or title it had. Fault::not_found, and those of find_note.
Result<NoteVersions> versions_of(KnowledgeBase& knowledge, const Project& project,
                                 bool project_is_explicit, std::string_view identifier);

/// The version that was current at a moment. Null when none of them was.
const HistoryRecord* version_at(const std::vector<HistoryRecord>& latest_first, Timestamp moment);

struct RestoredVersion {
    StoredNote note;
    HistoryRecord version;
};
/// Writes an earlier version in the place of the note; what is there goes into the history. `at` is
/// the short checksum of a version, a date, or a time such as "2 hours ago"; without it the latest
/// version that differs from what is there is taken. Fault::not_found, invalid, ambiguous;
/// Fault::unavailable, and nothing is changed, when what is there cannot be kept.
Result<RestoredVersion> restore_version(KnowledgeBase& knowledge, const NoteVersions& versions,
                                        const std::optional<std::string>& at);

}  // namespace bm
