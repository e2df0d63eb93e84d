#include "repository/statistics_repository.hpp"

#include <string>
#include <utility>

#include "repository/stored_rows.hpp"

namespace bm {

namespace {

constexpr std::int64_t kListed = 10;

constexpr const char* kTotals = R"sql(
    SELECT count(*), total(observations), total(relations),
           (SELECT count(*) FROM relation WHERE project_id = ?1 AND to_id IS NULL)
    FROM entity WHERE project_id = ?1)sql";

constexpr const char* kEntityTypes =
    "SELECT type, count(*) FROM entity WHERE project_id = ? GROUP BY type";
constexpr const char* kCategories =
    "SELECT category, count(*) FROM observation WHERE project_id = ? GROUP BY category";
constexpr const char* kRelationTypes =
    "SELECT type, count(*) FROM relation NOT INDEXED WHERE project_id = ? GROUP BY type";
constexpr const char* kMonths = R"sql(
    SELECT strftime('%Y-%m', created_at / 1000000, 'unixepoch', 'localtime') AS month, count(*)
    FROM entity WHERE project_id = ? GROUP BY month)sql";

constexpr const char* kIsolated = R"sql(
    e.project_id = ?1 AND e.relations = 0
    AND NOT EXISTS (SELECT 1 FROM relation WHERE to_id = e.id))sql";

// Both ends of a relation count, a link of a note to itself once.
constexpr const char* kConnected = R"sql(
    SELECT id, sum(links) AS links
    FROM (SELECT id, relations AS links FROM entity WHERE project_id = ?1 AND relations > 0
          UNION ALL
          SELECT to_id, count(*) FROM relation NOT INDEXED
          WHERE project_id = ?1 AND to_id IS NOT NULL AND from_id <> to_id GROUP BY to_id)
    GROUP BY id ORDER BY links DESC, id LIMIT ?2)sql";

std::map<std::string, std::int64_t> counts(Database& database, ProjectId project, const char* sql) {
    std::map<std::string, std::int64_t> found;
    auto statement = database.prepare(sql);
    auto query = statement.run();
    query.bind(project.value);
    while (query.step()) {
        if (!query.is_null(0)) found.emplace(query.string(0), query.integer(1));
    }
    return found;
}

std::vector<Entity> entities(Database& database, ProjectId project, const std::string& condition) {
    std::vector<Entity> found;
    auto statement =
        database.prepare("SELECT " + entity_columns("e") + " FROM entity AS e WHERE " + condition);
    auto query = statement.run();
    query.bind(project.value);
    while (query.step()) found.push_back(read_entity(query));
    return found;
}

std::vector<ConnectedEntity> most_connected(Database& database, ProjectId project) {
    std::vector<EntityId> ids;
    std::map<EntityId, std::int64_t> links;
    {
        auto statement = database.prepare(kConnected);
        auto query = statement.run();
        query.bind(project.value).bind(kListed);
        while (query.step()) {
            ids.push_back({query.integer(0)});
            links.emplace(ids.back(), query.integer(1));
        }
    }
    std::vector<ConnectedEntity> found;
    for (auto& entity : RowLoader(database).entities(ids)) {
        const std::int64_t count = links.at(entity.id);
        found.push_back({std::move(entity), count});
    }
    return found;
}

}  // namespace

StatisticsRepository::StatisticsRepository(Database& database) : database_(database) {}

ProjectStatistics StatisticsRepository::of(ProjectId project) {
    ProjectStatistics statistics;
    {
        auto statement = database_.prepare(kTotals);
        auto query = statement.run();
        query.bind(project.value).step();
        statistics.entities = query.integer(0);
        statistics.observations = query.integer(1);
        statistics.relations = query.integer(2);
        statistics.unresolved_relations = query.integer(3);
    }
    {
        auto statement =
            database_.prepare("SELECT count(*) FROM entity AS e WHERE " + std::string(kIsolated));
        auto query = statement.run();
        query.bind(project.value).step();
        statistics.isolated_entities = query.integer(0);
    }
    const std::string newest = "e.project_id = ?1 ORDER BY ";
    const std::string first_ten = " DESC, e.id DESC LIMIT " + std::to_string(kListed);
    statistics.entity_types = counts(database_, project, kEntityTypes);
    statistics.observation_categories = counts(database_, project, kCategories);
    statistics.relation_types = counts(database_, project, kRelationTypes);
    statistics.most_connected = most_connected(database_, project);
    statistics.recently_created = entities(database_, project, newest + "e.created_at" + first_ten);
    statistics.recently_updated = entities(database_, project, newest + "e.updated_at" + first_ten);
    statistics.notes_by_month = counts(database_, project, kMonths);
    return statistics;
}

std::vector<Entity> StatisticsRepository::isolated(ProjectId project) {
    return entities(database_, project, std::string(kIsolated) + " ORDER BY e.path");
}

}  // namespace bm
