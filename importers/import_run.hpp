#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "importers/export_reader.hpp"
#include "sync/knowledge_base.hpp"

namespace bm {

/// What became of one note of an export.
enum class ImportedAs { created, replaced, unchanged };

struct ImportWishes {
    ImportKind kind = ImportKind::chatgpt;
    std::string folder;    ///< below the project; empty for its root
    bool dry_run = false;  ///< only tell what would be written
    std::function<void(const std::string& path, ImportedAs how)> wrote;
    /// An entry that is left out, and why.
    std::function<void(const std::string& what, const std::string& why)> skipped;
    std::function<void(std::uint64_t done, std::uint64_t total)> progress;
};

struct ImportReport {
    ImportCounts counts;
    std::size_t created = 0;
    std::size_t replaced = 0;
    std::size_t unchanged = 0;
    std::size_t skipped = 0;  ///< entries and parts of them that could not be used or written
    /// Why the file was not read to its end; what came before is there.
    std::optional<std::string> trouble;
};

/// The folder of an import as it is used. Fault::invalid when it leads out of the project.
Result<std::string> import_folder(std::string_view wanted);

/// Reads an export and writes its notes into the project, each of them durable and indexed when
/// the next one is read. A note that is there with the same bytes is not touched; one with others
/// is replaced, its version kept in the history. Where the history is switched off, such a note
/// stays as it is and is told as skipped. A note is known again by ImportedNote::identity: what has
/// its name and is another note, whoever wrote it, stays, and it gets a number behind its name.
/// Fault::forbidden for a folder that leads out; Fault::unavailable when disk, lock or source
/// refuse: what was written before stays.
Result<ImportReport> run_import(KnowledgeBase& knowledge, const Project& project,
                                ImportSource& source, const ImportWishes& wishes);

}  // namespace bm
