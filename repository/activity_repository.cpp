#include "repository/activity_repository.hpp"

#include <limits>
#include <map>

#include "repository/row_page.hpp"
#include "repository/stored_rows.hpp"

namespace bm {

namespace {

std::int64_t since_or_ever(const std::optional<Timestamp>& since) {
    return since ? to_microseconds(*since) : std::numeric_limits<std::int64_t>::min();
}

std::size_t size_at(const Query& query, int column) {
    return static_cast<std::size_t>(query.integer(column));
}

}  // namespace

struct ActivityRepository::Statements {
    explicit Statements(Database& database)
        : total(database,
                "SELECT count(*), total(observations), total(relations) FROM entity"
                " WHERE project_id = ? AND changed_at >= ?"),
          notes(database,
                "SELECT id, observations, relations FROM entity"
                " WHERE project_id = ? AND changed_at >= ?"
                " ORDER BY changed_at DESC, id DESC"),
          loader(database) {}

    Statement total, notes;
    RowLoader loader;
};

ActivityRepository::ActivityRepository(Database& database)
    : database_(database), statements_(std::make_shared<Statements>(database)) {}

ActivityPage ActivityRepository::recent(ProjectId project, KindSet kinds,
                                        std::optional<Timestamp> since, std::size_t limit,
                                        std::size_t offset) {
    ActivityPage page;
    page.total = count(project, kinds, since);
    RowPage cut(kinds, offset, limit);
    {
        auto query = statements_->notes.run();
        query.bind(project.value).bind(since_or_ever(since));
        while (!cut.is_full() && query.step()) {
            cut.add({query.integer(0)}, size_at(query, 1), size_at(query, 2));
        }
    }
    page.rows = load(cut.rows(database_));
    return page;
}

std::int64_t ActivityRepository::count(ProjectId project, KindSet kinds,
                                       std::optional<Timestamp> since) {
    auto query = statements_->total.run();
    query.bind(project.value).bind(since_or_ever(since)).step();
    std::int64_t total = 0;
    for (const auto kind : {ItemKind::entity, ItemKind::observation, ItemKind::relation}) {
        if (has_kind(kinds, kind)) total += query.integer(static_cast<int>(kind));
    }
    return total;
}

std::vector<ActivityRow> ActivityRepository::load(const std::vector<RowRef>& refs) {
    std::vector<ObservationId> observation_ids;
    std::vector<RelationId> relation_ids;
    std::vector<EntityId> note_ids;
    for (const RowRef& ref : refs) {
        if (ref.kind == ItemKind::entity) note_ids.push_back({ref.id});
        if (ref.kind == ItemKind::observation) observation_ids.push_back({ref.id});
        if (ref.kind == ItemKind::relation) relation_ids.push_back({ref.id});
    }
    const auto observations = statements_->loader.observations(observation_ids);
    const auto edges = statements_->loader.edges(relation_ids);
    for (const auto& observation : observations) note_ids.push_back(observation.entity);
    for (const auto& edge : edges) note_ids.push_back(edge.relation.from);
    std::map<EntityId, Entity> notes;
    for (auto& note : statements_->loader.entities(note_ids))
        notes.emplace(note.id, std::move(note));

    std::vector<ActivityRow> rows;
    rows.reserve(refs.size());
    auto observation = observations.begin();
    auto edge = edges.begin();
    for (const RowRef& ref : refs) {
        switch (ref.kind) {
            case ItemKind::entity:
                rows.push_back({ref.kind, notes.at({ref.id}), std::nullopt, std::nullopt});
                break;
            case ItemKind::observation:
                rows.push_back(
                    {ref.kind, notes.at(observation->entity), *observation, std::nullopt});
                ++observation;
                break;
            case ItemKind::relation:
                rows.push_back({ref.kind, notes.at(edge->relation.from), std::nullopt, *edge});
                ++edge;
                break;
        }
    }
    return rows;
}

}  // namespace bm
