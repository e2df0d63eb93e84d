#include "repository/row_page.hpp"

#include <algorithm>
#include <map>

#include "repository/json_list.hpp"

namespace bm {

namespace {

constexpr const char* kObservationIds =
    "SELECT o.entity_id, o.id FROM json_each(?) AS wanted CROSS JOIN observation AS o"
    " ON o.entity_id = wanted.value ORDER BY o.entity_id, o.id";
constexpr const char* kRelationIds =
    "SELECT r.from_id, r.id FROM json_each(?) AS wanted CROSS JOIN relation AS r"
    " ON r.from_id = wanted.value ORDER BY r.from_id, r.id";

using IdsByNote = std::map<std::int64_t, std::vector<std::int64_t>>;

IdsByNote ids_by_note(Database& database, const char* sql, const std::vector<EntityId>& notes) {
    IdsByNote ids;
    if (notes.empty()) return ids;
    auto statement = database.prepare(sql);
    auto query = statement.run();
    query.bind(id_list(std::span<const EntityId>(notes)));
    while (query.step()) ids[query.integer(0)].push_back(query.integer(1));
    return ids;
}

}  // namespace

void RowPage::add(EntityId note, std::size_t observations, std::size_t relations) {
    cut(ItemKind::entity, note, 1);
    cut(ItemKind::observation, note, observations);
    cut(ItemKind::relation, note, relations);
}

void RowPage::cut(ItemKind kind, EntityId note, std::size_t available) {
    if (!has_kind(kinds_, kind)) return;
    const std::size_t skipped = std::min(to_skip_, available);
    const std::size_t taken = std::min(to_take_, available - skipped);
    to_skip_ -= skipped;
    to_take_ -= taken;
    if (taken == 0) return;
    if (kind == ItemKind::entity) {
        slices_.push_back({kind, note.value});
    } else {
        slices_.push_back({kind, note.value, skipped, taken});
    }
}

void RowPage::add(const RowRef& row) {
    if (!has_kind(kinds_, row.kind)) return;
    if (to_skip_ > 0) {
        --to_skip_;
    } else if (to_take_ > 0) {
        --to_take_;
        slices_.push_back({row.kind, row.id});
    }
}

std::vector<RowRef> RowPage::rows(Database& database) const {
    std::vector<EntityId> with_observations;
    std::vector<EntityId> with_relations;
    for (const Slice& slice : slices_) {
        if (slice.count == 0) continue;
        (slice.kind == ItemKind::observation ? with_observations : with_relations)
            .push_back({slice.id});
    }
    auto observations = ids_by_note(database, kObservationIds, with_observations);
    auto relations = ids_by_note(database, kRelationIds, with_relations);
    std::vector<RowRef> rows;
    for (const Slice& slice : slices_) {
        if (slice.count == 0) {
            rows.push_back({slice.kind, slice.id});
            continue;
        }
        const auto& ids =
            (slice.kind == ItemKind::observation ? observations : relations)[slice.id];
        for (std::size_t i = slice.first; i < std::min(slice.first + slice.count, ids.size());
             ++i) {
            rows.push_back({slice.kind, ids[i]});
        }
    }
    return rows;
}

}  // namespace bm
