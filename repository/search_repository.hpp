#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "markdown/result.hpp"
#include "repository/database.hpp"
#include "repository/entity.hpp"
#include "repository/text_index.hpp"

namespace bm {

/// A scalar that metadata is compared with.
using FilterScalar = std::variant<std::string, double, bool>;

/// One condition on a note's frontmatter; keys descend at dots.
struct MetadataFilter {
    enum class Operator {
        equals,
        contains_all,
        in,
        greater,
        greater_equal,
        less,
        less_equal,
        between
    };
    std::string key;
    Operator op;
    std::vector<FilterScalar> values;  ///< one, except for contains_all, in and between
};

/// What is searched for: exactly one main criterion, or none to list everything that passes the
/// filters.
struct SearchRequest {
    struct Text {
        std::string typed;
    };  ///< full text
    struct Title {
        std::string typed;
    };  ///< words of titles
    struct ExactPermalink {
        std::string permalink;
    };
    struct PermalinkPattern {
        std::string pattern;
    };  ///< with '*'
    struct Everything {};
    std::variant<Everything, Text, Title, ExactPermalink, PermalinkPattern> criterion;

    KindSet kinds = kAllKinds;
    std::vector<std::string> note_types;  ///< any spelling; entities only
    std::vector<std::string> categories;  ///< observations only
    std::optional<Timestamp> changed_after;
    std::vector<MetadataFilter> metadata;  ///< all must hold for the note of the row
    bool relax = false;  ///< second try with OR when the words together find nothing
    std::size_t limit = 10;
    std::size_t offset = 0;
};

struct SearchRow {
    ItemKind kind;
    std::string title;
    double score = 0;  ///< negative, lower is better; -0.0 without a text criterion
    std::optional<std::string> permalink;
    std::string path;
    std::optional<std::string> content;
    EntityId entity;          ///< the note that the row belongs to
    std::string external_id;  ///< of that note
    std::optional<std::string> entity_permalink;
    std::string entity_type;
    std::optional<ObservationId> observation;
    std::optional<RelationId> relation;
    std::optional<std::string> category;
    std::vector<std::string> tags;  ///< of an observation
    std::optional<std::string> from_permalink, to_permalink;
    std::optional<std::string> relation_type;
    Timestamp created;
    Timestamp updated;
};

struct SearchPage {
    std::vector<SearchRow> rows;
    std::int64_t total = 0;
    bool has_more = false;
};

/// Full-text, title and permalink search with all filters, and what comes back. A constant number
/// of queries for each page. One connection, one thread.
class SearchRepository {
public:
    SearchRepository(Database& database, TextIndex& text);

    /// Text and titles: best match first. Permalinks: notes in order of permalink, then their
    /// observations, then their relations. No criterion: notes by path, then observations, then
    /// relations; with `changed_after` newest note first, each followed by its own rows.
    [[nodiscard]] SearchPage search(ProjectId project, const SearchRequest& request);

private:
    class Answer;
    Database& database_;
    TextIndex& text_;
    struct Statements;
    std::shared_ptr<Statements> statements_;
};

}  // namespace bm
