#include "repository/search_rows.hpp"

#include <map>
#include <string>
#include <utility>

#include "markdown/text.hpp"
#include "repository/json_list.hpp"

namespace bm {

namespace {

constexpr std::size_t kTitleCharacters = 100;
constexpr std::string_view kArrow = " → ";

const std::string& address_of(const Entity& note) {
    return note.permalink ? *note.permalink : note.path.str();
}

/// What all rows of a note have in common.
SearchRow row_of(ItemKind kind, const Entity& note, double score) {
    SearchRow row{.kind = kind,
                  .title = {},
                  .score = score,
                  .permalink = {},
                  .path = note.path.str(),
                  .content = {},
                  .entity = note.id,
                  .external_id = note.external_id,
                  .entity_permalink = note.permalink,
                  .entity_type = note.type,
                  .observation = {},
                  .relation = {},
                  .category = {},
                  .tags = {},
                  .from_permalink = {},
                  .to_permalink = {},
                  .relation_type = {},
                  .created = note.created,
                  .updated = note.updated};
    return row;
}

SearchRow entity_row(const Entity& note, double score) {
    SearchRow row = row_of(ItemKind::entity, note, score);
    row.title = note.title;
    row.permalink = note.permalink;
    row.content = note.excerpt;
    return row;
}

SearchRow observation_row(const StoredObservation& observation, const Entity& note, double score) {
    SearchRow row = row_of(ItemKind::observation, note, score);
    row.title = observation.category + ": ";
    row.title += first_code_points(observation.content, kTitleCharacters);
    row.title += "...";
    row.permalink =
        observation_permalink(address_of(note), observation.category, observation.content);
    row.content = observation.content;
    row.observation = observation.id;
    row.category = observation.category;
    row.tags = observation.tags;
    return row;
}

SearchRow relation_row(const Edge& edge, const Entity& source, double score) {
    SearchRow row = row_of(ItemKind::relation, source, score);
    const std::string& from = address_of(source);
    row.title = edge.from_title;
    row.relation = edge.relation.id;
    row.relation_type = edge.relation.type;
    row.from_permalink = from;
    if (edge.relation.to) {
        row.title += kArrow;
        row.title += *edge.to_title;
        row.to_permalink = edge.to_permalink ? edge.to_permalink : edge.to_path;
    }
    row.permalink = relation_permalink(
        from, edge.relation.type, row.to_permalink ? *row.to_permalink : edge.relation.to_name);
    return row;
}

}  // namespace

SearchRowLoader::SearchRowLoader(Database& database)
    : entities_by_doc_(database,
                       "SELECT e.text_doc, e.id FROM json_each(?) AS wanted"
                       " CROSS JOIN entity AS e ON e.text_doc = wanted.value"),
      loader_(database) {}

std::vector<SearchRow> SearchRowLoader::rows(const std::vector<TextHit>& hits) {
    std::vector<TextDoc> docs;
    for (const auto& hit : hits) {
        if (hit.kind == ItemKind::entity) docs.push_back(hit.doc);
    }
    std::map<std::int64_t, std::int64_t> entity_by_doc;
    if (!docs.empty()) {
        auto query = entities_by_doc_.run();
        query.bind(id_list(std::span<const TextDoc>(docs)));
        while (query.step()) entity_by_doc.emplace(query.integer(0), query.integer(1));
    }
    std::vector<Scored> wanted;
    wanted.reserve(hits.size());
    for (const auto& hit : hits) {
        // Observations and relations are known by the number of their document.
        std::int64_t id = hit.doc.value;
        if (hit.kind == ItemKind::entity) {
            const auto found = entity_by_doc.find(id);
            if (found == entity_by_doc.end()) continue;
            id = found->second;
        }
        wanted.push_back({{hit.kind, id}, hit.score});
    }
    return load(wanted);
}

std::vector<SearchRow> SearchRowLoader::rows(const std::vector<RowRef>& refs) {
    std::vector<Scored> wanted;
    wanted.reserve(refs.size());
    for (const auto& ref : refs) wanted.push_back({ref, -0.0});
    return load(wanted);
}

std::vector<SearchRow> SearchRowLoader::load(const std::vector<Scored>& wanted) {
    std::vector<EntityId> note_ids;
    std::vector<ObservationId> observation_ids;
    std::vector<RelationId> relation_ids;
    for (const auto& each : wanted) {
        if (each.ref.kind == ItemKind::entity) note_ids.push_back({each.ref.id});
        if (each.ref.kind == ItemKind::observation) observation_ids.push_back({each.ref.id});
        if (each.ref.kind == ItemKind::relation) relation_ids.push_back({each.ref.id});
    }
    std::map<std::int64_t, StoredObservation> observations;
    for (auto& observation : loader_.observations(observation_ids)) {
        note_ids.push_back(observation.entity);
        observations.emplace(observation.id.value, std::move(observation));
    }
    std::map<std::int64_t, Edge> edges;
    for (auto& edge : loader_.edges(relation_ids)) {
        note_ids.push_back(edge.relation.from);
        edges.emplace(edge.relation.id.value, std::move(edge));
    }
    std::map<std::int64_t, Entity> notes;
    for (auto& note : loader_.entities(note_ids)) notes.emplace(note.id.value, std::move(note));

    std::vector<SearchRow> rows;
    rows.reserve(wanted.size());
    for (const auto& [ref, score] : wanted) {
        if (ref.kind == ItemKind::entity) {
            const auto note = notes.find(ref.id);
            if (note != notes.end()) rows.push_back(entity_row(note->second, score));
        } else if (ref.kind == ItemKind::observation) {
            const auto found = observations.find(ref.id);
            if (found == observations.end()) continue;
            rows.push_back(
                observation_row(found->second, notes.at(found->second.entity.value), score));
        } else {
            const auto found = edges.find(ref.id);
            if (found == edges.end()) continue;
            rows.push_back(
                relation_row(found->second, notes.at(found->second.relation.from.value), score));
        }
    }
    return rows;
}

}  // namespace bm
