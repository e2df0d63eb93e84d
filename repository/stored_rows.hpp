#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "repository/database.hpp"
#include "repository/entity.hpp"
#include "repository/graph_repository.hpp"

namespace bm {

/// How rows become values: the columns to select, by the alias of their table, and what reads them.
/// `first` is the first of those columns in the query.

constexpr int kEntityColumns = 15;
std::string entity_columns(std::string_view table);
Entity read_entity(const Query& query, int first = 0);

constexpr int kObservationColumns = 6;
std::string observation_columns(std::string_view table);
StoredObservation read_observation(const Query& query, int first = 0);

/// Needs `edge_tables`: relation `r`, its source `f` and its target `t`.
constexpr int kEdgeColumns = 12;
extern const std::string edge_columns;
/// What `r` joins with; goes after a table expression that provides `r`.
extern const std::string edge_joins;
Edge read_edge(const Query& query, int first = 0);

std::int64_t to_microseconds(Timestamp at);
Timestamp from_microseconds(std::int64_t since_1970);

/// Loads rows by id with one query for each kind. Ids without a row are left out; the order is that
/// of the ids.
class RowLoader {
public:
    explicit RowLoader(Database& database);

    std::vector<Entity> entities(std::span<const EntityId> ids);
    std::vector<StoredObservation> observations(std::span<const ObservationId> ids);
    std::vector<Edge> edges(std::span<const RelationId> ids);

private:
    Statement entities_;
    Statement observations_;
    Statement edges_;
};

}  // namespace bm
