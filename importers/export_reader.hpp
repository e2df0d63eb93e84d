#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "importers/import_source.hpp"
#include "markdown/value.hpp"

namespace bm {

/// Which program the export comes from.
enum class ImportKind { chatgpt, claude_conversations, claude_projects, memory_json };

/// One note as an export has it.
struct ImportedNote {
    std::string path;   ///< below the folder of the import, without suffix; safe
    std::string title;  ///< on one line
    std::string type;
    ValueMap keys;  ///< behind title, type and permalink
    std::string body;
    /// The one of `keys` that tells this note from another of its name; empty: the name does.
    std::string_view identity;
    /// Other values of `path` under which it may be, where its name tells a day by the local clock.
    std::vector<std::string> elsewhere = {};
};

/// What was found; of each kind some are always 0.
struct ImportCounts {
    std::size_t conversations = 0;
    std::size_t messages = 0;
    std::size_t documents = 0;
    std::size_t prompts = 0;
    std::size_t entities = 0;
    std::size_t relations = 0;
    std::size_t skipped_entities = 0;  ///< without a name
};

/// Who is told what was found, in the order of the file.
struct ExportListener {
    /// False when the note was not taken: then it is not counted.
    std::function<bool(ImportedNote)> note;
    /// `where`: "entry 12", "line 3", "document 2 of entry 1".
    std::function<void(const std::string& where, const std::string& why)> skipped;
    /// Bytes; `total` is 0 when that is not known.
    std::function<void(std::uint64_t done, std::uint64_t total)> progress;
};

struct ExportOutcome {
    ImportCounts counts;
    /// Why not all of the file was read: it is none of these exports, or ends in the middle. What
    /// came before has been told.
    std::optional<std::string> trouble;
};

/// Reads an export to its end, one entry at a time, so that memory does not grow with it. Entries
/// that cannot be used are told and passed over. Total: any bytes are read one way or another.
/// Throws SourceUnreadable, and what a listener throws.
ExportOutcome read_export(ImportKind kind, ImportSource& source, const ExportListener& listener);

}  // namespace bm
