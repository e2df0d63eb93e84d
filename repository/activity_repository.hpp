#pragma once

#include <optional>
#include <string>
#include <vector>

#include "repository/database.hpp"
#include "repository/entity.hpp"
#include "repository/graph_repository.hpp"
#include "repository/text_index.hpp"

namespace bm {

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

    /// Rows of the wanted kinds whose note was created or changed at or after `since`.
    [[nodiscard]] ActivityPage recent(ProjectId project, KindSet kinds,
                                      std::optional<Timestamp> since, std::size_t limit,
                                      std::size_t offset);

private:
    Database& database_;
};

}  // namespace bm
