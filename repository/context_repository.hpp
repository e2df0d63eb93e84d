#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "repository/database.hpp"
#include "repository/entity.hpp"
#include "repository/graph_repository.hpp"

namespace bm {

/// One thing found near a seed. Either a relation or the note at the other end of one.
struct RelatedItem {
    EntityId root;                 ///< the seed it was found from
    int depth;                     ///< hops of relations, relation and entity at the same hop
    std::optional<Edge> edge;      ///< set for a relation
    std::optional<Entity> entity;  ///< set for a note
    Timestamp created;             ///< of the note, or of the relation's source
};

struct ContextWalk {
    /// Hop by hop: the relations of a hop, by id, then the notes at their other ends, by id.
    std::vector<RelatedItem> items;
    std::int64_t observation_count = 0;  ///< of seeds and found notes together
};

/// Walks relations in both directions. One connection, one thread.
class ContextRepository {
public:
    explicit ContextRepository(Database& database);

    /// Breadth first from each seed, up to `depth` hops, at most `max_items` over all seeds. From
    /// one seed nothing is found twice. `since` limits what is found by the later of created and
    /// updated: notes by their own times, relations by those of their source unless that is a seed
    /// or was found itself. Hubs cost no more than what is kept: a note's own links are taken in
    /// the order of its text, then those that point to it, newest source first, and no further than
    /// needed.
    [[nodiscard]] ContextWalk walk(ProjectId project, const std::vector<EntityId>& seeds, int depth,
                                   std::size_t max_items, std::optional<Timestamp> since);

    /// Entities whose permalink matches a pattern ('*' crosses '/'), in order of permalink.
    [[nodiscard]] std::vector<Entity> matching(ProjectId project, std::string_view pattern,
                                               std::size_t limit, std::size_t offset);
    /// Targets of the relations of one note with one type (underscores and hyphens are equal, any
    /// case).
    [[nodiscard]] std::vector<Entity> targets_of(EntityId source, std::string_view type);

private:
    Database& database_;
    class Walk;
    struct Statements;
    std::shared_ptr<Statements> statements_;
};

}  // namespace bm
