#pragma once

#include <optional>
#include <utility>
#include <vector>

#include "markdown/result.hpp"
#include "repository/history_record.hpp"
#include "sync/index_note.hpp"
#include "sync/not_done.hpp"
#include "sync/note_change.hpp"

namespace bm {

/// Who wrote a file, or moved it.
enum class Author { this_program, another_program };

/// One transaction on the index of a project, and what is owed for it once it is committed: the
/// history keeps what other programs wrote, and whoever follows a note is told. All ways into the
/// index lead through here, so that all keep and tell alike. One thread; can be used again.
class IndexChange {
public:
    IndexChange(KnowledgeBase& knowledge, const Project& project, NoteFiles& files)
        : knowledge_(knowledge), project_(project), files_(files) {}

    /// Runs `work`, which calls the functions below, in one transaction, and then does what is
    /// owed. Throws when nothing was committed: then nothing is owed. What could not be done
    /// afterwards comes back, and is in the log.
    template <class Work>
    NotDone commit(Work&& work) {
        forget_what_is_owed();
        knowledge_.index().write(std::forward<Work>(work));
        return do_what_is_owed();
    }

    // `file` has to live until commit() returns.

    /// index_file(). Bytes that the row had before are nothing to keep or to tell of, unless this
    /// program wrote them. Nor does the history keep new files that were there before anybody had
    /// looked, or come with many others: a folder that was copied here, or a checkout.
    IndexedNote store(Tables& tables, const Config& config, const PreparedFile& file, Author writer,
                      const IndexMode& mode = {});
    /// move_entity(). Of a move by this program the history knows already.
    IndexedNote move(Tables& tables, const Config& config, const Entity& entity,
                     const PreparedFile& file, Author mover, Author writer);
    /// forget_entity().
    void forget(Tables& tables, const Entity& entity);

private:
    struct Version {
        const PreparedFile* file;
        Entity entity;
        std::optional<RelativePath> moved_from;
        bool is_new;  ///< its bytes are
    };
    void announce(NoteChange::Kind kind, const Entity& entity);
    void forget_what_is_owed();
    NotDone do_what_is_owed();
    void keep(const Version& version, NotDone& not_done);
    Result<void> keep_bytes(const Version& version, HistoryRecord record);

    KnowledgeBase& knowledge_;
    const Project& project_;
    NoteFiles& files_;
    std::vector<Version> versions_;
    std::vector<NoteChange> announced_;
    std::vector<const PreparedFile*> read_;  ///< whose warnings are to be logged
};

}  // namespace bm
