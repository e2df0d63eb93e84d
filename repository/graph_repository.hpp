#pragma once

#include <limits>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "markdown/note.hpp"
#include "repository/database.hpp"
#include "repository/entity.hpp"
#include "repository/text_index.hpp"

namespace bm {

/// A relation together with the titles and permalinks at its ends.
struct Edge {
    StoredRelation relation;
    std::string from_title;
    std::optional<std::string> from_permalink;
    RelativePath from_path;
    std::optional<std::string> to_title;
    std::optional<std::string> to_permalink;
    std::optional<std::string> to_path;
};

/// A relation as the resolver sees it.
struct FiledLink {
    RelationId id;
    EntityId from;
    std::string to_name;
    std::optional<EntityId> to;
};

/// Relations by their ids; every one at first.
struct LinkRange {
    RelationId after{0};
    RelationId last{std::numeric_limits<std::int64_t>::max()};
};

/// Rows of `observation` and `relation`. One connection, one thread; never opens a transaction.
class GraphRepository {
public:
    explicit GraphRepository(Database& database);

    /// How much of what an entity says stays as it is.
    struct Standing {
        std::size_t observations = 0;
        std::size_t relations = 0;
        std::vector<TextDoc> gone;  ///< documents of the rows after those
    };
    /// Compares the rows with what the entity says now: both lists stay as far as they begin the
    /// same. `relations` without duplicates; `relations_stay` false when their documents change.
    [[nodiscard]] Standing standing(EntityId entity, std::span<const Observation> observations,
                                    std::span<const Relation> relations, bool relations_stay);

    /// Erases what `standing` says is gone and adds what follows what stays. `first_doc` is the
    /// number of the first new observation's document; new relations follow. Duplicate relations
    /// (same type and text) are skipped; `targets` holds, for each new relation, what it resolves
    /// to.
    struct Contents {
        std::span<const Observation> observations;         ///< all, also those that stay
        std::span<const Relation> relations;               ///< all, already without duplicates
        std::span<const std::optional<EntityId>> targets;  ///< one for each relation that is new
        TextDoc first_doc;
    };
    void replace(EntityId entity, const Contents& contents, const Standing& standing);
    /// Replaces everything, whatever was there.
    void replace(EntityId entity, const Contents& contents);
    /// Document numbers of the entity's observations and relations.
    [[nodiscard]] std::vector<TextDoc> text_docs(EntityId entity);

    [[nodiscard]] std::vector<StoredObservation> observations_of(EntityId entity);
    /// For several notes with one query, in the order of `entities`, then of id.
    [[nodiscard]] std::vector<StoredObservation> observations_of(
        std::span<const EntityId> entities);
    [[nodiscard]] std::vector<Edge> outgoing(EntityId entity);
    [[nodiscard]] std::vector<Edge> incoming(EntityId entity);

    /// Relations of the project without a target, in order of id, after `after`, at most `limit`.
    [[nodiscard]] std::vector<FiledLink> waiting(ProjectId project, RelationId after,
                                                 std::size_t limit);
    [[nodiscard]] std::vector<FiledLink> waiting(ProjectId project, const LinkRange& range);
    /// Relations of the project, resolved or not, whose link is filed under one of `keys` (see
    /// link_key; both the key with and the key without the anchor count), with or without the
    /// project in front ("project/key"). Any number of keys.
    [[nodiscard]] std::vector<FiledLink> naming(ProjectId project,
                                                std::span<const std::string> keys);
    void set_target(RelationId relation, std::optional<EntityId> target);
    /// Lets every link that names one of `keys` wait again, and every one in a range.
    void unlink(ProjectId project, std::span<const std::string> keys);
    void unlink(ProjectId project, const LinkRange& range);
    /// The next `limit` relations of the project after `after`, at most: all, or those without a
    /// target. None when there is none.
    [[nodiscard]] std::optional<LinkRange> next_links(ProjectId project, RelationId after,
                                                      std::size_t limit, bool only_waiting);
    /// Resolves every waiting relation in the range whose text is exactly a permalink, a unique
    /// title or a path (with or without ".md") of the project, with a few statements for all. The
    /// number resolved. Agrees with resolve_link of the room above.
    std::int64_t resolve_exact(ProjectId project, const LinkRange& range = {});

private:
    /// What the rows of an entity take over from it.
    struct Source {
        std::int64_t project;
        std::int64_t changed_at;
    };
    Source source_of(EntityId entity);
    void insert(EntityId entity, const Source& source, std::int64_t id,
                const Observation& observation);
    void insert(EntityId entity, const Source& source, std::int64_t id, const Relation& relation,
                const std::optional<EntityId>& target);
    std::vector<std::string> with_project(ProjectId project, std::span<const std::string> keys);

    Database& database_;
    struct Statements;
    std::shared_ptr<Statements> statements_;
};

}  // namespace bm
