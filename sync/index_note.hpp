#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "markdown/note.hpp"
#include "repository/index.hpp"
#include "sync/knowledge_base.hpp"

namespace bm {

/// One file's bytes, read and understood, ready to become rows. Made outside of any transaction.
struct PreparedFile {
    RelativePath path;
    FileStamp stamp;
    Timestamp born;
    Checksum checksum;
    std::optional<ParsedNote> note;  ///< absent for files that are not notes
    /// What it says, for the history. Absent for files that are not notes and those that are large.
    std::optional<std::string> bytes = std::nullopt;
};

/// Of the notes that carry their bytes. Most do; of the others the disk may say something else by
/// the time that they are wanted.
constexpr std::size_t kMostBytesCarried = 64U << 10U;

/// Reads the meaning of a file's bytes. Fault::invalid when a note is not UTF-8.
Result<PreparedFile> prepare_file(const RelativePath& path, FileContent content);

/// Says in the log what a note states that could not be used, with path and line.
void log_warnings(const Log& log, const PreparedFile& file);

/// What indexing one file came to.
struct IndexedNote {
    Entity entity;
    bool created = false;                             ///< there was no row for this path
    std::optional<Checksum> replaced = std::nullopt;  ///< of the row that there was
};

/// How rows are stored. A bulk load hands its loader in and settles links once, at its end:
/// `changed_keys` collects the keys of links that can name what changed (see link_keys_of).
struct IndexMode {
    TextIndex::Loader* loader = nullptr;
    std::vector<std::string>* changed_keys = nullptr;
    bool afresh = false;          ///< rows that say the same as before are made again too
    bool is_one_of_many = false;  ///< files that come together, and had no rows
};

/// Rows, search documents and links of one file, in the transaction that the caller holds. Links
/// that waited for this note are settled. Only index_change and index_check call these.
IndexedNote index_file(Tables& tables, ProjectId project, const Config& config,
                       const PreparedFile& file, const IndexMode& mode = {});

/// For a file that says what its row has already, in the transaction that the caller holds: only
/// stamp and date are taken over, so that search documents and vectors stay. Gives the row.
Entity keep_rows(Tables& tables, Entity row, const PreparedFile& file);

/// Whether the rows of a file say what the file says, but for the date of its last change. Links
/// may lead anywhere. A file that states no permalink may have any, and one that states no date of
/// creation any of those.
bool rows_agree(Tables& tables, ProjectId project, const Entity& entity, const PreparedFile& file);

/// Removes a file from the index. Links to it wait again.
void forget_entity(Tables& tables, ProjectId project, const Entity& entity);

/// A new path for the same note: rows and search documents follow. `file` holds the bytes at the
/// new place.
IndexedNote move_entity(Tables& tables, ProjectId project, const Config& config,
                        const Entity& entity, const PreparedFile& file);

}  // namespace bm
