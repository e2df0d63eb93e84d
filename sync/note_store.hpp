#pragma once

#include <exception>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "markdown/note_edit.hpp"
#include "markdown/note_writer.hpp"
#include "repository/history_record.hpp"
#include "sync/index_change.hpp"
#include "sync/knowledge_base.hpp"

namespace bm {

/// A note after it was written, and what it says.
struct StoredNote {
    Entity entity;
    bool created = false;
    std::map<std::string, std::size_t> observation_categories;  ///< alphabetical, with counts
    std::size_t resolved_relations = 0;                         ///< outgoing ones
    std::size_t unresolved_relations = 0;
    /// False when the index refused (busy, full disk): the file is safe, and the note is searched
    /// and linked after the next sync. `entity` has no id then.
    bool indexed = true;
    /// False where what it replaced is not in the history, because the settings switch that off.
    bool replaced_is_kept = true;
    /// What it states that could not be used.
    std::vector<Warning> warnings = {};
    /// False for a version that is no UTF-8 text: its file is there again, and the index keeps what
    /// it had. `entity` has no id then.
    bool is_text = true;
    /// What could not be done once the file was written.
    NotDone not_done = {};
};

/// A note in its new place.
struct MovedNote {
    Entity entity;
    bool indexed = true;  ///< as of StoredNote
    NotDone not_done = {};
};

/// What becomes of the version that a file replaces.
enum class ReplacedVersion {
    kept_if_possible,
    /// Without it nothing is written, unless the settings switch the history off.
    kept,
};

/// The note is there and the caller did not allow to replace it.
struct NoteExists {
    Entity entity;
};
using WriteOutcome = std::variant<StoredNote, NoteExists, Error>;
using EditOutcome = std::variant<StoredNote, EditFailure, Error>;

/// What happened to the files of a folder.
struct FolderOutcome {
    std::size_t total = 0;
    std::vector<std::string> done;  ///< new paths for moves, old ones for deletions
    std::vector<std::pair<std::string, std::string>> failed;  ///< path and reason
    NotDone not_done = {};                                    ///< of the files that are done
    bool cancelled = false;  ///< the files that are neither done nor failed are as they were
};

/// How long work on a folder may go on, and who hears how far it is.
struct FolderWatch {
    std::stop_token stop;
    std::function<void(std::size_t done, std::size_t total)> progress;
};

/// Puts, changes, moves and removes the notes of one project: the file first, durably, then the
/// index from the same bytes. If indexing fails the note is safe, the change counts as done and
/// says so, and the next scan repairs the index. Thread-safe, and safe beside other processes: one
/// note is changed by one writer at a time, whichever symbolic links lead to it; it is indexed
/// under its real path. Whoever hands an entity in means the note that the index knows by that id,
/// where it lies by then: Fault::not_found when it is gone.
class NoteStore {
public:
    NoteStore(KnowledgeBase& knowledge, Project project);

    /// Creates `folder`/`title`.md or replaces its body. `folder` is cleaned and safe already. The
    /// path decides which note it is, nothing else; a stored permalink stays unless the content
    /// states another one. Fault::conflict when the file was made for another title that only gives
    /// the same file name, Fault::invalid when it is not UTF-8 text. Here and wherever a file is
    /// made or moved, Fault::invalid for a path that the ignore rules leave out. Fault::invalid for
    /// content that is not UTF-8 text, here and in edit().
    WriteOutcome write(std::string_view folder, const NoteDraft& draft, bool overwrite);

    /// Changes the text of one note. `metadata` is merged into its frontmatter afterwards.
    EditOutcome edit(const Entity& entity, const NoteEdit& edit, const ValueMap& metadata);

    /// Fault::conflict `Destination already exists: {path}`, Fault::not_found `Source file not
    /// found: {path}`.
    Result<MovedNote> move(const Entity& entity, const RelativePath& to);
    /// File and rows; a note that is gone already is fine. Fault::conflict when it lies elsewhere
    /// by now.
    Result<NotDone> remove(const Entity& entity);
    /// Every indexed file below the folder, each by itself; none after `watch.stop`.
    FolderOutcome move_folder(std::string_view folder, std::string_view to,
                              const FolderWatch& watch = {});
    FolderOutcome remove_folder(std::string_view folder, const FolderWatch& watch = {});

    /// Writes any file (a canvas) and indexes it, if it is no note or is text.
    WriteOutcome write_file(const RelativePath& path, std::string_view bytes,
                            ReplacedVersion replaced = ReplacedVersion::kept_if_possible);
    /// Lets another program change a file while nobody else of ours does; what it says goes into
    /// the history first. Fault::unavailable, and `change` is not called, when nothing in the
    /// project may be changed or that cannot be kept; else what `change` says. Indexes nothing.
    Result<void> let_change(const RelativePath& path, const std::function<Result<void>()>& change);
    /// The bytes of a note or other file.
    Result<FileContent> read(const RelativePath& path);

    /// Indexes the file at `path` now if it is on disk and not indexed, or has changed. None when
    /// there is no such file.
    std::optional<Entity> index_from_disk(const RelativePath& path);

    [[nodiscard]] const Project& project() const noexcept { return project_; }

private:
    /// How often a change is made again from fresh bytes when somebody else changed the file in
    /// between.
    static constexpr int kMaxAttempts = 5;

    /// Files that nobody else changes meanwhile.
    struct HeldFiles {
        std::vector<FilePlace> places;
        PathLocks::Held held;
    };
    using LinkedPath = std::pair<RelativePath, FinalLink>;
    /// With `permalinks`, nobody else chooses the permalink of a file with this slug either.
    Result<HeldFiles> hold(const std::vector<LinkedPath>& paths, bool permalinks = false);
    std::optional<Entity> row_now(const Entity& meant);
    static Error gone(const Entity& entity);
    static Error moved_meanwhile(const Entity& meant, const Entity& now);
    Result<NotDone> remove_held(const Entity& meant);
    Result<NotDone> remove_file(const RelativePath& path);

    /// What a change takes away goes into the history first, and what it writes afterwards. If the
    /// change fails, the record is withdrawn: in this order no version is ever lost.
    struct KeptRecord {
        std::optional<FileStamp> stamp;  ///< of the file that is there; absent: none is
        /// What was written down, with or without the bytes; none when nothing will be changed.
        std::optional<HistoryRecord> record;
        Result<void> whole;  ///< why its bytes are not in the history
    };
    KeptRecord keep_content(HistoryAction action, const RelativePath& path,
                            const FileContent& content);
    KeptRecord keep_moved(const Entity& entity, const RelativePath& to, const FileContent* content);
    /// Reads what is there. Fault::unavailable when nobody can tell.
    Result<KeptRecord> keep_file(HistoryAction action, const RelativePath& path, FinalLink link,
                                 std::string_view new_bytes);
    void keep_written(const Entity& note, std::string_view bytes, NotDone& not_done);
    static void tell_unkept(const Result<void>& kept, std::string_view what, NotDone& not_done);
    void withdraw(const std::optional<HistoryRecord>& record);
    HistoryRecord record_at(const RelativePath& path, HistoryAction action, const FileStamp& stamp);

    /// Nothing is written that cannot be read again: Fault::invalid.
    Result<StoredNote> store(const RelativePath& path, std::string_view bytes,
                             const std::optional<FileStamp>& expected);
    /// The same for whatever there is: see StoredNote::is_text.
    Result<StoredNote> store_any(const RelativePath& path, std::string_view bytes,
                                 const std::optional<FileStamp>& expected);
    Result<StoredNote> store_prepared(PreparedFile file, std::string_view bytes,
                                      const std::optional<FileStamp>& expected, bool is_text);
    StoredNote index_written(const PreparedFile& file, std::string_view bytes);
    Result<StoredNote> replace_or_create(const RelativePath& path, const NoteDraft& draft,
                                         const PreparedDraft& prepared,
                                         const std::optional<FileContent>& current);
    std::optional<Error> why_not_replace(const RelativePath& path, std::string_view wanted_name,
                                         std::string_view bytes, const NoteDraft& draft,
                                         const PreparedDraft& prepared);
    /// The text of a moved note with its permalink in it: the one it has, or one that fits its path
    /// when it has none or permalinks follow moves. None when there is nothing to be changed.
    std::optional<std::string> text_with_permalink(const Entity& entity, const RelativePath& to,
                                                   std::string_view bytes);
    Result<MovedNote> index_moved(const Entity& entity, const RelativePath& to);
    /// The next scan would forget a file that the ignore rules leave out.
    [[nodiscard]] std::optional<Error> why_left_out(const RelativePath& path) const;
    void undo_move(const RelativePath& from, const RelativePath& to, bool folder_is_new);
    std::optional<Entity> index_held(const RelativePath& path);
    /// The ignore rules may have changed since the path was allowed, and whoever saw them change
    /// may have looked before there was a row.
    void forget_if_left_out(const RelativePath& path);
    /// Another program may have changed the file before rows of `indexed` were committed, and then
    /// the event of that is past.
    void catch_up(const RelativePath& path, const FileStamp& indexed, NotDone& not_done);
    void count_links(StoredNote& note);
    /// Logs it, asks for a sync, and gives the sentence for whoever made the change.
    std::string index_later(const RelativePath& path, const std::exception& problem);
    std::string permalink_for_new(const RelativePath& path,
                                  const std::optional<std::string>& requested);
    std::optional<std::string> permalink_for_draft(const RelativePath& path,
                                                   const PreparedDraft& prepared,
                                                   const ValueMap& existing_values);
    std::variant<std::string, EditFailure, Error> edited_text(const Entity& entity,
                                                              std::string_view before,
                                                              const NoteEdit& edit,
                                                              const ValueMap& metadata);
    /// Gives the path that is told of.
    using ActOnNote = std::function<Result<std::string>(const Entity&, NotDone&)>;
    FolderOutcome each_below(const std::string& folder, const FolderWatch& watch,
                             const ActOnNote& act);

    KnowledgeBase& knowledge_;
    Project project_;
    std::unique_ptr<NoteFiles> files_;
};

}  // namespace bm
