#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "markdown/picoschema.hpp"
#include "markdown/result.hpp"
#include "markdown/value.hpp"

/// What a schema demands, and whether a note has it. Pure.
namespace bm {

/// What becomes of issues: hints, or errors that fail the note.
enum class SchemaMode { warn, strict };

struct NoteSchema {
    std::string entity;  ///< the note type that it describes, as written
    std::vector<SchemaField> fields;
    std::vector<SchemaField> frontmatter = {};  ///< of `settings.frontmatter`
    SchemaMode mode = SchemaMode::warn;
};

/// Reads the frontmatter of a schema note. Fault::invalid: `Schema note missing required 'entity'
/// field in frontmatter`, `Schema note missing required 'schema' dict in frontmatter`, `Invalid
/// settings.validation value ...`, and what parse_picoschema refuses.
Result<NoteSchema> read_schema_note(const ValueMap& frontmatter);

/// The schema that a note states about itself (`schema` is a map in its frontmatter); none when it
/// states none. It has no rules for the frontmatter.
Result<std::optional<NoteSchema>> read_inline_schema(const ValueMap& frontmatter,
                                                     std::string_view note_type);

/// The schema that a note refers to (`schema` is a text in its frontmatter).
std::optional<std::string> schema_reference(const ValueMap& frontmatter);

/// What a note says, as far as schemas look at it.
struct NoteFacts {
    struct Fact {
        std::string category;
        std::string content;
    };
    struct Link {
        std::string type;
        std::string target;                      ///< title, or the author's text
        std::optional<std::string> target_type;  ///< canonical; none when it leads to no note
    };
    std::vector<Fact> observations;
    std::vector<Link> relations;
};

enum class FieldStatus { present, missing, enum_mismatch };

struct FieldCheck {
    std::string name;
    std::string type;
    bool required;
    FieldStatus status;
    /// What was found: contents, targets of relations, or the value of the key. The first
    /// kMaxShownValues, long ones cut.
    std::vector<std::string> values;
    std::string message;  ///< empty when there is nothing to say
};
inline constexpr std::size_t kMaxShownValues = 100;

/// One note against its schema.
struct NoteCheck {
    bool passed = true;
    std::vector<FieldCheck> fields;
    /// What the schema does not name, in order of appearance: never an issue.
    std::vector<std::pair<std::string, std::size_t>> unmatched_observations;
    std::vector<std::string> unmatched_relations;
    std::vector<std::string> warnings;
    std::vector<std::string> errors;
};

/// `frontmatter` with normalised values, as the index keeps them. Types of values are not checked.
NoteCheck check_note(const NoteSchema& schema, const NoteFacts& facts, const ValueMap& frontmatter);

}  // namespace bm
