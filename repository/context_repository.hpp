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
    std::vector<RelatedItem> items;      ///< by depth, entities before relations, then id
    std::int64_t observation_count = 0;  ///< of seeds and found notes together
};

/// Walks relations in both directions. One connection, one thread.
class ContextRepository {
public:
    explicit ContextRepository(Database& database);

    /// Breadth first from the seeds, up to `depth` hops, at most `max_items` over all seeds.
    /// `since` limits the found items (by the later of created and updated), never the seeds. Hubs
    /// cost no more than what is kept: a note's edges are read newest first and no further than
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
    struct Statements;
    std::shared_ptr<Statements> statements_;
};

}  // namespace bm
