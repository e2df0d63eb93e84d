#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "markdown/result.hpp"
#include "repository/note_history.hpp"
#include "sync/index_note.hpp"
#include "sync/note_past.hpp"
#include "sync/note_store.hpp"

/// Earlier versions of notes: who adds to them, and how one comes back.
namespace bm {

/// Keeps the bytes that a change of ours takes away; nothing where the settings switch the history
/// off, which is Fault::forbidden. Fault::unavailable is logged, so that a change may go on.
Result<void> keep_version(KnowledgeBase& knowledge, const Project& project, HistoryRecord record,
                          std::optional<std::string_view> bytes);
/// Takes a record back whose change did not happen.
void withdraw_version(KnowledgeBase& knowledge, const Project& project,
                      const HistoryRecord& record);
/// Removes a file that goes away with its project. What is removed is what was kept: what another
/// program saves meanwhile is kept, too. A file that is gone already is fine. Faults of
/// NoteFiles::remove_expected.
Result<void> remove_doomed(KnowledgeBase& knowledge, const Project& project,
                           const RelativePath& path);
/// The notes of a project as the index knows them.
std::vector<RelativePath> notes_in(KnowledgeBase& knowledge, const Project& project);
/// Keeps the history within the limits of the settings, as NoteHistory::tend does.
void prune_history(KnowledgeBase& knowledge, Timestamp now);
void prune_history(const NoteHistory& history,
                   const std::function<std::shared_ptr<const Config>()>& config, const Log& log,
                   Timestamp now);
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
    /// What a tool wrote last, while the file says so: no earlier version, but one that has a time.
    std::optional<HistoryRecord> current = std::nullopt;
};

/// The versions of the note that `identifier` names, across moves. A note that is gone, or has
/// moved, is found by the path, permalink or title it had. Fault::not_found, those of find_note,
/// and Fault::ambiguous for a title that a note has and another had that is gone.
Result<NoteVersions> versions_of(KnowledgeBase& knowledge, const Project& project,
                                 bool project_is_explicit, std::string_view identifier);

struct RestoredVersion {
    StoredNote note;
    HistoryRecord version;
    /// The permalink that stood in the version and is another note's now; the file has a free one.
    std::optional<std::string> lost_permalink;
};
/// Writes an earlier version in the place of the note; what is there goes into the history. `at` is
/// the short checksum of a version, a date, or a time such as "2 hours ago"; without it the latest
/// version that differs from what is there is taken. Fault::not_found, invalid, ambiguous;
/// Fault::unavailable, and nothing is changed, when what is there cannot be kept.
Result<RestoredVersion> restore_version(KnowledgeBase& knowledge, const NoteVersions& versions,
                                        const std::optional<std::string>& at);

}  // namespace bm
