#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "repository/database.hpp"
#include "repository/entity.hpp"
#include "repository/graph_repository.hpp"
#include "repository/text_index.hpp"

namespace bm {

struct RowRef;

/// One recently changed thing.
struct ActivityRow {
    ItemKind kind;
    Entity entity;  ///< the note itself, or the note the item stands in
    std::optional<StoredObservation> observation;
    std::optional<Edge> edge;
};

struct ActivityPage {
    std::vector<ActivityRow> rows;  ///< newest first
    std::int64_t total = 0;
};

/// What changed lately. One connection, one thread.
class ActivityRepository {
public:
    explicit ActivityRepository(Database& database);

    /// Rows of the wanted kinds whose note was created or changed at or after `since`, newest note
    /// first (by the later of the two times); the rows of one note follow it: observations, then
    /// relations, as they stand in it.
    [[nodiscard]] ActivityPage recent(ProjectId project, KindSet kinds,
                                      std::optional<Timestamp> since, std::size_t limit,
                                      std::size_t offset);

private:
    std::int64_t count(ProjectId project, KindSet kinds, std::optional<Timestamp> since);
    std::vector<ActivityRow> load(const std::vector<RowRef>& refs);

    Database& database_;
    struct Statements;
    std::shared_ptr<Statements> statements_;
};

}  // namespace bm
