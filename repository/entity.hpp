#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "markdown/names.hpp"
#include "repository/checksum.hpp"
#include "repository/clock.hpp"

namespace bm {

struct ProjectId {
    std::int64_t value;
    friend auto operator<=>(const ProjectId&, const ProjectId&) = default;
};
struct EntityId {
    std::int64_t value;
    friend auto operator<=>(const EntityId&, const EntityId&) = default;
};
struct ObservationId {
    std::int64_t value;
    friend auto operator<=>(const ObservationId&, const ObservationId&) = default;
};
struct RelationId {
    std::int64_t value;
    friend auto operator<=>(const RelationId&, const RelationId&) = default;
};

/// What the file system says about a file, enough to see that it changed. Programs can set the time
/// of modification back; that of the last change of any kind (ctime) they cannot.
struct FileStamp {
    std::int64_t mtime_ns = 0;
    std::int64_t size = 0;
    std::int64_t inode = 0;
    std::int64_t ctime_ns = 0;

    friend bool operator==(const FileStamp&, const FileStamp&) = default;
};

/// The indexed node of one file.
struct Entity {
    EntityId id;
    std::string external_id;  ///< UUID text; survives re-indexing
    std::string title;
    std::string type;          ///< frontmatter type as written; "file" and "canvas" for other files
    std::string metadata;      ///< JSON object, normalised frontmatter; "{}" when none
    std::string content_type;  ///< MIME
    std::optional<std::string> permalink;
    RelativePath path;
    Checksum checksum;
    FileStamp stamp;
    Timestamp created;
    Timestamp updated;
    std::string excerpt;  ///< the first 250 characters of the body
};

/// An entity that is about to be stored; ids are given by the repository.
struct EntityDraft {
    std::string title;
    std::string type;
    std::string metadata = "{}";
    std::string content_type;
    std::optional<std::string> permalink;
    RelativePath path;
    Checksum checksum;
    FileStamp stamp;
    Timestamp created;
    Timestamp updated;
    std::string excerpt;
    /// For a row that is new; a fresh one where there is none, or when another row has it.
    std::optional<std::string> external_id = std::nullopt;
};

struct StoredObservation {
    ObservationId id;
    EntityId entity;
    std::string category;  ///< "note" when the author gave none
    std::string content;
    std::optional<std::string> context;
    std::vector<std::string> tags;
};

struct StoredRelation {
    RelationId id;
    EntityId from;
    std::optional<EntityId> to;  ///< absent: a forward reference
    std::string to_name;         ///< the author's text
    std::string type;
    std::optional<std::string> context;
};

}  // namespace bm
