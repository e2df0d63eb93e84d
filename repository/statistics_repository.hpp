#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "repository/database.hpp"
#include "repository/entity.hpp"

namespace bm {

struct ConnectedEntity {
    Entity entity;
    std::int64_t relations;
};

/// What `project info` shows about one project.
struct ProjectStatistics {
    std::int64_t entities = 0;
    std::int64_t observations = 0;
    std::int64_t relations = 0;
    std::int64_t unresolved_relations = 0;
    std::int64_t isolated_entities = 0;
    std::map<std::string, std::int64_t> entity_types;
    std::map<std::string, std::int64_t> observation_categories;
    std::map<std::string, std::int64_t> relation_types;
    std::vector<ConnectedEntity> most_connected;  ///< ten, most relations first
    std::vector<Entity> recently_created;         ///< ten, newest first
    std::vector<Entity> recently_updated;
    std::map<std::string, std::int64_t> notes_by_month;  ///< "2026-11" to notes created
};

class StatisticsRepository {
public:
    explicit StatisticsRepository(Database& database);
    [[nodiscard]] ProjectStatistics of(ProjectId project);
    /// Entities without any relation in either direction, by path.
    [[nodiscard]] std::vector<Entity> isolated(ProjectId project);

private:
    Database& database_;
};

}  // namespace bm
