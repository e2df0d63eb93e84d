#pragma once

#include <cstdint>
#include <functional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "sync/knowledge_base.hpp"
#include "sync/reconcile.hpp"

namespace bm {

/// How an index can disagree with the files of a project, or with itself.
enum class IndexFlaw : std::uint8_t {
    file_without_row,
    row_without_file,
    changed_file,      ///< checksum or date in the row are not those of the file
    wrong_rows,        ///< the rows do not say what the file says
    doubled_rows,      ///< several rows for one file
    search_documents,  ///< the text index lacks documents of a file, or has some of none
    wrong_links,       ///< links of a file that lead elsewhere than their text says
    leftover_file,     ///< a temporary file of a writer that died
};
/// `file_without_row` and so on: for programs.
std::string_view name_of(IndexFlaw flaw);

struct IndexDifference {
    IndexFlaw flaw;
    std::string path;  ///< empty where no file is to blame
    std::string text;  ///< what is wrong, as a part of a sentence about `path`
};

/// What is wrong with the index of one project. Sorted by path.
struct ProjectFindings {
    std::vector<IndexDifference> differences;
    std::vector<SkippedFile> unusable;            ///< files that no index can hold as they are
    std::vector<std::string> unreadable_folders;  ///< of which nothing is known
    Hindrances hindrances;                        ///< why
    std::int64_t files = 0;
    std::int64_t usable_files = 0;  ///< of those the ones that an index can hold
    /// Documents of the text index that no row has.
    std::vector<TextDoc> stray_documents;
    /// The text index does not know how many documents and words it has.
    bool has_wrong_counts = false;
};

/// What is wrong with the database itself.
struct DatabaseFindings {
    std::vector<std::string> damage;  ///< in SQLite's words
    std::int64_t orphans = 0;         ///< rows whose note or project is not there
};
/// Throws DatabaseError when the database cannot be opened or read.
DatabaseFindings check_database(KnowledgeBase& knowledge);
void remove_orphans(KnowledgeBase& knowledge);
/// Puts an empty index in the place of what is there, which is kept beside it. All projects have to
/// be indexed again.
void replace_database(KnowledgeBase& knowledge);

/// Reads every file of a project and compares it with what the index has of it: the rows with all
/// that the file states or that follows from it, and which documents there are to be searched. Not
/// compared are the words of those documents, a permalink or a date of creation that the file does
/// not state, and the part of its stamp that nobody is shown. What others change meanwhile with
/// this program is no difference. Changes nothing. What a check that was stopped gives is not
/// whole. Fault::unavailable when the folder cannot be read, or its disk is not mounted.
Result<ProjectFindings> check_project(KnowledgeBase& knowledge, const Project& project,
                                      const SyncProgress& progress = {},
                                      const std::stop_token& stop = {});

/// Makes the index of a project agree with its files where `findings` say that it does not. Files
/// are only read; but leftovers of dead writers are removed. Whatever was searchable stays so when
/// it is stopped. Fault::unavailable like reconcile_project.
Result<void> repair_project(KnowledgeBase& knowledge, const Project& project,
                            const ProjectFindings& findings, const SyncProgress& progress = {},
                            const std::stop_token& stop = {});

}  // namespace bm
