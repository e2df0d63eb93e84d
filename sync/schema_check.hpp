#pragma once

#include <cstddef>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "markdown/note_schema.hpp"
#include "markdown/schema_usage.hpp"
#include "sync/knowledge_base.hpp"

/// Schemas against the notes of a project. The notes pass by one at a time: memory does not grow
/// with their number. All of it only reads.
namespace bm {

struct CheckedNote {
    std::string identifier;  ///< title, else permalink, else path
    std::string entity;      ///< of the schema
    NoteCheck check;
};

struct SchemaCounts {
    std::size_t notes = 0;  ///< that a schema applied to
    std::size_t valid = 0;
    std::size_t warnings = 0;  ///< messages, not notes
    std::size_t errors = 0;
};

struct SchemaReport {
    SchemaCounts counts;
    std::size_t looked_at = 0;  ///< notes, with those that no schema applies to
    /// In order of first indexing. Where not all fit, those with messages go first.
    std::vector<CheckedNote> results;
    std::size_t omitted = 0;  ///< counted, and not in `results`
    struct OfType {
        std::string type;  ///< canonical
        SchemaCounts counts;
    };
    std::vector<OfType> types;  ///< by name; for every type with a schema, when all were asked for
    bool has_schemas = true;    ///< false: nothing in the project declares or names a schema
};

/// How much of the results is kept.
inline constexpr std::size_t kMaxCheckedNotes = 1000;
inline constexpr std::size_t kMaxCheckedBytes = 4 << 20;

/// These: Fault::invalid when the schema of a note cannot be used, with the file that it stands
/// in; Fault::unavailable when `stop` was asked for.
Result<SchemaReport> check_note_schema(KnowledgeBase& knowledge, const Project& project,
                                       EntityId note, const std::stop_token& stop = {});
/// `type` in any spelling.
Result<SchemaReport> check_type_schema(KnowledgeBase& knowledge, const Project& project,
                                       const std::string& type, const std::stop_token& stop = {});
Result<SchemaReport> check_all_schemas(KnowledgeBase& knowledge, const Project& project,
                                       const std::stop_token& stop = {});

/// What the notes of a type have in common, and a schema that fits.
struct SchemaInference {
    std::size_t notes = 0;
    std::vector<FieldUsage> fields;  ///< at most kMaxListedFields of each source
    std::size_t omitted = 0;         ///< rarer ones that are not in `fields`
    SuggestedSchema suggested;
};
inline constexpr std::size_t kMaxListedFields = 200;

/// `type` in any spelling; `threshold` is the share from which a field is optional.
Result<SchemaInference> infer_schema(KnowledgeBase& knowledge, const Project& project,
                                     const std::string& type, double threshold,
                                     const std::stop_token& stop = {});

/// The drift of the schema note for `type`; none when there is no such schema note.
Result<std::optional<SchemaDrift>> schema_drift(KnowledgeBase& knowledge, const Project& project,
                                                const std::string& type,
                                                const std::stop_token& stop = {});

}  // namespace bm
