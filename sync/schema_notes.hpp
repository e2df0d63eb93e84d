#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "markdown/note_schema.hpp"
#include "sync/knowledge_base.hpp"

namespace bm {

/// A note of type `schema`.
struct SchemaNote {
    std::string title;
    std::optional<std::string> permalink;
    std::string path;
    std::optional<std::string> entity;  ///< canonical type that it describes; none: it names none
    Result<NoteSchema> schema;          ///< or why it cannot be used; names the file
};

/// The schemas of a project, as they are when this is made. One thread.
class SchemaNotes {
public:
    /// Reads the schema notes from their files, and from the index what cannot be read or says no
    /// schema there.
    SchemaNotes(KnowledgeBase& knowledge, const Project& project);

    /// The schema note for a canonical type, whose file comes first; null when there is none.
    [[nodiscard]] const SchemaNote* for_type(std::string_view type) const;
    /// What the key `schema` of a note names: a type, else a title or permalink.
    [[nodiscard]] const SchemaNote* named(std::string_view reference) const;
    /// Those that do not say which type they describe, and so check nothing.
    [[nodiscard]] std::vector<const SchemaNote*> of_no_type() const;
    /// Canonical types that are described, sorted, each once.
    [[nodiscard]] std::vector<std::string> types() const;

private:
    std::vector<SchemaNote> notes_;  ///< by path
};

}  // namespace bm
