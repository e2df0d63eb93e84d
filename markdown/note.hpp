#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "markdown/value.hpp"

namespace bm {

/// One categorised fact inside a note.
struct Observation {
    std::optional<std::string> category;  ///< none for a tagged line; stored as "note"
    std::string content;
    std::vector<std::string> tags;
    std::optional<std::string> context;

    friend bool operator==(const Observation&, const Observation&) = default;
};

/// One typed edge from a note to the target its author named.
struct Relation {
    std::string type;
    std::string target;  ///< as written, trimmed: alias, heading and path parts included
    std::optional<std::string> context;

    friend bool operator==(const Relation&, const Relation&) = default;
};

/// Something odd that was read past.
struct Warning {
    std::size_t line;  ///< 1-based
    std::string message;

    friend bool operator==(const Warning&, const Warning&) = default;
};

/// A moment as the author wrote it: local when `offset` is absent.
struct WrittenTime {
    std::chrono::local_time<std::chrono::microseconds> time;
    std::optional<std::chrono::seconds> offset;  ///< east of UTC

    friend bool operator==(const WrittenTime&, const WrittenTime&) = default;
};

/// Everything that a note's bytes say. Nothing is deduplicated.
struct ParsedNote {
    std::string title;
    std::string type;
    std::optional<std::string> permalink;  ///< verbatim from the frontmatter
    std::vector<std::string> tags;
    ValueMap metadata;                   ///< normalised, with title, type, tags in their final form
    ValueMap frontmatter;                ///< raw, as written
    bool has_frontmatter = false;        ///< a block that is a mapping was read
    bool malformed_frontmatter = false;  ///< fences there, but not YAML: never add a second block
    std::string body;
    std::vector<Observation> observations;
    std::vector<Relation> relations;
    std::optional<WrittenTime> created;
    std::optional<WrittenTime> modified;
    std::vector<Warning> warnings;
};

}  // namespace bm
