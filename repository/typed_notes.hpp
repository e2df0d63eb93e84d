#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "markdown/note_schema.hpp"
#include "repository/entity.hpp"

namespace bm {

class Database;

/// A note with everything that schemas look at.
struct TypedNote {
    EntityId id{0};
    std::string title;
    std::optional<std::string> permalink;
    std::string path;
    std::string type;      ///< canonical
    std::string metadata;  ///< JSON object, normalised frontmatter
    NoteFacts facts;       ///< in the order of the text
};

/// Which notes are wanted.
struct TypedNotesWish {
    std::vector<std::string> types;  ///< canonical
    /// Also notes of other types that have the key `schema` somewhere in their frontmatter.
    bool with_own_schema = false;
    std::optional<EntityId> only = std::nullopt;  ///< this one, whatever its type
};

/// Hands over the notes one by one, in order of id, until `use` returns false: one query, and one
/// note in memory at a time. The note is the callee's to use up.
void each_typed_note(Database& database, ProjectId project, const TypedNotesWish& wish,
                     const std::function<bool(TypedNote&)>& use);

/// The query behind it, for whoever asks how it is run.
[[nodiscard]] std::string typed_notes_sql(const TypedNotesWish& wish);

}  // namespace bm
