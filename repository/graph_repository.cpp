#include "repository/graph_repository.hpp"

#include <set>
#include <stdexcept>
#include <utility>

#include "repository/derived_columns.hpp"
#include "repository/entity_repository.hpp"
#include "repository/json_list.hpp"
#include "repository/link_settling.hpp"
#include "repository/stored_rows.hpp"

namespace bm {

namespace {

constexpr std::string_view kDefaultCategory = "note";

std::string_view category_of(const Observation& observation) {
    return observation.category ? std::string_view(*observation.category) : kDefaultCategory;
}

std::optional<std::int64_t> value_of(const std::optional<EntityId>& id) {
    if (!id) return std::nullopt;
    return id->value;
}

FiledLink read_link(const Query& query) {
    std::optional<EntityId> to;
    if (const auto id = query.optional_integer(3)) to = EntityId{*id};
    return {{query.integer(0)}, {query.integer(1)}, query.string(2), to};
}

std::string select_edges(const std::string& condition) {
    return "SELECT " + edge_columns + " FROM relation AS r" + edge_joins + " WHERE " + condition +
           " ORDER BY r.id";
}

}  // namespace

struct GraphRepository::Statements {
    explicit Statements(Database& database)
        : source(database, "SELECT project_id, changed_at FROM entity WHERE id = ?"),
          said(database,
               "SELECT id, category, content, context, tags FROM observation"
               " WHERE entity_id = ? ORDER BY id"),
          linked(database,
                 "SELECT id, type, to_name, context FROM relation WHERE from_id = ? ORDER BY id"),
          erase_observation(database, "DELETE FROM observation WHERE id = ? AND entity_id = ?"),
          erase_relation(database, "DELETE FROM relation WHERE id = ? AND from_id = ?"),
          insert_observation(database, R"sql(
              INSERT INTO observation (id, project_id, entity_id, category, content, context, tags)
              VALUES (?, ?, ?, ?, ?, ?, ?))sql"),
          insert_relation(database, R"sql(
              INSERT INTO relation (id, project_id, from_id, to_id, changed_at, type, to_name,
                                    target, plain, link_key, plain_key, context)
              VALUES (?, ?, ?, (SELECT id FROM entity WHERE id = ?), ?, ?, ?, ?, ?, ?, ?, ?))sql"),
          count_rows(database, "UPDATE entity SET observations = ?, relations = ? WHERE id = ?"),
          docs(database,
               "SELECT id FROM observation WHERE entity_id = ?1 UNION ALL"
               " SELECT id FROM relation WHERE from_id = ?1"),
          observations(database, "SELECT " + observation_columns("o") +
                                     " FROM observation AS o WHERE o.entity_id = ? ORDER BY o.id"),
          observations_of_many(database, "SELECT " + observation_columns("o") +
                                             " FROM json_each(?) AS wanted CROSS JOIN observation"
                                             " AS o ON o.entity_id = wanted.value"
                                             " ORDER BY wanted.key, o.id"),
          outgoing(database, select_edges("r.from_id = ?")),
          incoming(database, select_edges("r.to_id = ?")),
          waiting(database,
                  "SELECT id, from_id, to_name, to_id FROM relation"
                  " WHERE project_id = ? AND to_id IS NULL AND id > ?"
                  " ORDER BY id LIMIT ?"),
          waiting_in_range(database,
                           "SELECT id, from_id, to_name, to_id FROM relation"
                           " WHERE project_id = ? AND to_id IS NULL AND id > ? AND id <= ?"
                           " ORDER BY id"),
          // No index has the links of a project in order of id, but for those that wait.
          next_links(database,
                     "SELECT max(id) FROM (SELECT id FROM relation NOT INDEXED"
                     " WHERE id > ?2 AND project_id = ?1 ORDER BY id LIMIT ?3)"),
          next_waiting(
              database,
              "SELECT max(id) FROM (SELECT id FROM relation"
              " WHERE project_id = ?1 AND to_id IS NULL AND id > ?2 ORDER BY id LIMIT ?3)"),
          naming(database, R"sql(
              SELECT r.id, r.from_id, r.to_name, r.to_id
              FROM json_each(?2) AS wanted CROSS JOIN relation AS r
                ON r.project_id = ?1 AND r.link_key = wanted.value
              UNION
              SELECT r.id, r.from_id, r.to_name, r.to_id
              FROM json_each(?2) AS wanted CROSS JOIN relation AS r
                ON r.project_id = ?1 AND r.plain_key = wanted.value
              ORDER BY 1)sql"),
          unlink(database, R"sql(
              UPDATE relation SET to_id = NULL WHERE to_id IS NOT NULL AND id IN (
                  SELECT r.id FROM json_each(?2) AS wanted CROSS JOIN relation AS r
                    ON r.project_id = ?1 AND r.link_key = wanted.value
                  UNION ALL
                  SELECT r.id FROM json_each(?2) AS wanted CROSS JOIN relation AS r
                    ON r.project_id = ?1 AND r.plain_key = wanted.value))sql"),
          unlink_range(database,
                       "UPDATE relation NOT INDEXED SET to_id = NULL"
                       " WHERE project_id = ? AND id > ? AND id <= ? AND to_id IS NOT NULL"),
          // A target that went meanwhile leaves the link waiting.
          set_target(database,
                     "UPDATE relation SET to_id = (SELECT id FROM entity WHERE id = ?)"
                     " WHERE id = ?") {}

    Statement source, said, linked, erase_observation, erase_relation, insert_observation,
        insert_relation, count_rows, docs, observations, observations_of_many, outgoing, incoming,
        waiting, waiting_in_range, next_links, next_waiting, naming, unlink, unlink_range,
        set_target;
};

GraphRepository::GraphRepository(Database& database)
    : database_(database), statements_(std::make_shared<Statements>(database)) {}

GraphRepository::Source GraphRepository::source_of(EntityId entity) {
    auto query = statements_->source.run();
    if (!query.bind(entity.value).step()) throw std::out_of_range("no entity has this id");
    return {query.integer(0), query.integer(1)};
}

GraphRepository::Standing GraphRepository::standing(EntityId entity,
                                                    std::span<const Observation> observations,
                                                    std::span<const Relation> relations,
                                                    bool relations_stay) {
    Standing standing;
    // Rows in their order: the first that differs ends what stays.
    const auto compare = [&](Statement& rows, std::size_t& stay, std::size_t count, auto is_same) {
        auto query = rows.run();
        query.bind(entity.value);
        for (bool still_same = true; query.step();) {
            still_same = still_same && stay < count && is_same(query, stay);
            if (still_same) {
                ++stay;
            } else {
                standing.gone.push_back({query.integer(0)});
            }
        }
    };
    compare(statements_->said, standing.observations, observations.size(),
            [&](const Query& row, std::size_t i) {
                const Observation& observation = observations[i];
                return row.text(1) == category_of(observation) &&
                       row.text(2) == observation.content &&
                       row.optional_string(3) == observation.context &&
                       row.text(4) == text_list(observation.tags);
            });
    compare(statements_->linked, standing.relations, relations_stay ? relations.size() : 0,
            [&](const Query& row, std::size_t i) {
                const Relation& relation = relations[i];
                return row.text(1) == relation.type && row.text(2) == relation.target &&
                       row.optional_string(3) == relation.context;
            });
    return standing;
}

void GraphRepository::replace(EntityId entity, const Contents& contents) {
    replace(entity, contents, {0, 0, text_docs(entity)});
}

void GraphRepository::replace(EntityId entity, const Contents& contents, const Standing& standing) {
    const Source source = source_of(entity);
    for (const auto doc : standing.gone) {
        statements_->erase_observation.run().bind(doc.value).bind(entity.value).done();
        if (database_.changes() > 0) continue;
        statements_->erase_relation.run().bind(doc.value).bind(entity.value).done();
    }
    std::int64_t id = contents.first_doc.value;
    for (const auto& observation : contents.observations.subspan(standing.observations)) {
        insert(entity, source, id++, observation);
    }
    std::set<std::pair<std::string_view, std::string_view>> seen;
    for (std::size_t i = 0; i < contents.relations.size(); ++i) {
        const Relation& relation = contents.relations[i];
        const bool is_first = seen.emplace(relation.type, relation.target).second;
        if (i < standing.relations) continue;
        if (is_first) {
            insert(entity, source, id, relation, contents.targets[i - standing.relations]);
        }
        ++id;
    }
    statements_->count_rows.run()
        .bind(static_cast<std::int64_t>(contents.observations.size()))
        .bind(static_cast<std::int64_t>(seen.size()))
        .bind(entity.value)
        .done();
}

void GraphRepository::insert(EntityId entity, const Source& source, std::int64_t id,
                             const Observation& observation) {
    statements_->insert_observation.run()
        .bind(id)
        .bind(source.project)
        .bind(entity.value)
        .bind(category_of(observation))
        .bind(observation.content)
        .bind(observation.context)
        .bind(text_list(observation.tags))
        .done();
}

void GraphRepository::insert(EntityId entity, const Source& source, std::int64_t id,
                             const Relation& relation, const std::optional<EntityId>& target) {
    const RelationKeys keys = relation_keys(relation.target);
    statements_->insert_relation.run()
        .bind(id)
        .bind(source.project)
        .bind(entity.value)
        .bind(value_of(target))
        .bind(source.changed_at)
        .bind(relation.type)
        .bind(relation.target)
        .bind(keys.target)
        .bind(keys.plain)
        .bind(keys.link)
        .bind(keys.plain_link)
        .bind(relation.context)
        .done();
}

std::vector<TextDoc> GraphRepository::text_docs(EntityId entity) {
    std::vector<TextDoc> docs;
    auto query = statements_->docs.run();
    query.bind(entity.value);
    while (query.step()) docs.push_back({query.integer(0)});
    return docs;
}

std::vector<StoredObservation> GraphRepository::observations_of(EntityId entity) {
    std::vector<StoredObservation> found;
    auto query = statements_->observations.run();
    query.bind(entity.value);
    while (query.step()) found.push_back(read_observation(query));
    return found;
}

std::vector<StoredObservation> GraphRepository::observations_of(
    std::span<const EntityId> entities) {
    std::vector<StoredObservation> found;
    if (entities.empty()) return found;
    auto query = statements_->observations_of_many.run();
    query.bind(id_list(entities));
    while (query.step()) found.push_back(read_observation(query));
    return found;
}

std::vector<Edge> GraphRepository::outgoing(EntityId entity) {
    std::vector<Edge> found;
    auto query = statements_->outgoing.run();
    query.bind(entity.value);
    while (query.step()) found.push_back(read_edge(query));
    return found;
}

std::vector<Edge> GraphRepository::incoming(EntityId entity) {
    std::vector<Edge> found;
    auto query = statements_->incoming.run();
    query.bind(entity.value);
    while (query.step()) found.push_back(read_edge(query));
    return found;
}

std::vector<FiledLink> GraphRepository::waiting(ProjectId project, RelationId after,
                                                std::size_t limit) {
    std::vector<FiledLink> found;
    auto query = statements_->waiting.run();
    query.bind(project.value).bind(after.value).bind(static_cast<std::int64_t>(limit));
    while (query.step()) found.push_back(read_link(query));
    return found;
}

std::vector<FiledLink> GraphRepository::waiting(ProjectId project, const LinkRange& range) {
    std::vector<FiledLink> found;
    auto query = statements_->waiting_in_range.run();
    query.bind(project.value).bind(range.after.value).bind(range.last.value);
    while (query.step()) found.push_back(read_link(query));
    return found;
}

std::optional<LinkRange> GraphRepository::next_links(ProjectId project, RelationId after,
                                                     std::size_t limit, bool only_waiting) {
    auto query = (only_waiting ? statements_->next_waiting : statements_->next_links).run();
    query.bind(project.value).bind(after.value).bind(static_cast<std::int64_t>(limit));
    if (!query.step()) return std::nullopt;
    const auto last = query.optional_integer(0);
    if (!last) return std::nullopt;
    return LinkRange{after, {*last}};
}

std::vector<std::string> GraphRepository::with_project(ProjectId project,
                                                       std::span<const std::string> keys) {
    std::vector<std::string> all(keys.begin(), keys.end());
    auto statement = database_.prepare("SELECT permalink, name FROM project WHERE id = ?");
    auto query = statement.run();
    if (!query.bind(project.value).step()) return all;
    const std::set<std::string> fronts{path_alias(query.string(0)), path_alias(query.string(1))};
    for (const auto& front : fronts) {
        const std::string prefix = front + '/';
        for (const auto& key : keys) {
            all.push_back(prefix + key);
            if (key.starts_with(prefix)) all.push_back(key.substr(prefix.size()));
        }
    }
    return all;
}

std::vector<FiledLink> GraphRepository::naming(ProjectId project,
                                               std::span<const std::string> keys) {
    std::vector<FiledLink> found;
    if (keys.empty()) return found;
    auto query = statements_->naming.run();
    query.bind(project.value).bind(text_list(with_project(project, keys)));
    while (query.step()) found.push_back(read_link(query));
    return found;
}

void GraphRepository::set_target(RelationId relation, std::optional<EntityId> target) {
    statements_->set_target.run().bind(value_of(target)).bind(relation.value).done();
}

void GraphRepository::unlink(ProjectId project, std::span<const std::string> keys) {
    if (keys.empty()) return;
    statements_->unlink.run()
        .bind(project.value)
        .bind(text_list(with_project(project, keys)))
        .done();
}

void GraphRepository::unlink(ProjectId project, const LinkRange& range) {
    statements_->unlink_range.run()
        .bind(project.value)
        .bind(range.after.value)
        .bind(range.last.value)
        .done();
}

std::int64_t GraphRepository::resolve_exact(ProjectId project, const LinkRange& range) {
    return settle_exact_links(database_, project, range);
}

}  // namespace bm
