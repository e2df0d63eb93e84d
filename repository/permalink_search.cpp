#include "repository/permalink_search.hpp"

#include <algorithm>

#include "markdown/permalink.hpp"
#include "repository/checksum.hpp"
#include "repository/json_list.hpp"
#include "repository/text_range.hpp"

namespace bm {

namespace {

// Deriving a permalink takes about a microsecond. More than this is left out of the answer to a
// pattern that could mean any item of a large project.
constexpr std::size_t kMaxDerived = 200'000;

constexpr const char* kCandidateColumns =
    "e.id, e.permalink, coalesce(e.permalink_base, e.permalink), e.observations, e.relations";

std::size_t size_at(const Query& query, int column) {
    return static_cast<std::size_t>(query.integer(column));
}

/// `a`, `a/b` for `a/b/c`: the notes whose items may have this permalink.
std::vector<std::string> ancestors(std::string_view permalink) {
    constexpr std::size_t deepest = 64;
    std::vector<std::string> found;
    for (std::size_t slash = permalink.find('/');
         slash != std::string_view::npos && found.size() < deepest;
         slash = permalink.find('/', slash + 1)) {
        found.emplace_back(permalink.substr(0, slash));
    }
    return found;
}

}  // namespace

PermalinkSearch::Found PermalinkSearch::exact(std::string_view permalink, std::size_t offset,
                                              std::size_t limit) {
    auto notes =
        candidates("SELECT " + std::string(kCandidateColumns) + " FROM entity AS e WHERE " +
                       filter_.on_entity() + " AND e.permalink = " + filter_.parameter_after(),
                   permalink, {});
    for (auto& above : notes_above(permalink)) notes.push_back(std::move(above));
    return page_of(
        notes, [permalink](std::string_view each) { return each == permalink; }, offset, limit);
}

PermalinkSearch::Found PermalinkSearch::matching(const PermalinkGlob& glob, std::size_t offset,
                                                 std::size_t limit) {
    auto notes = notes_from(glob.prefix());
    for (auto& note : notes) {
        // What every text after the slash matches, every item's permalink does.
        note.all_items_match = glob.is_open_at_end() && glob.matches(note.base + '/');
    }
    // A prefix may reach into the items of a note: "note/observations/te*".
    for (auto& above : notes_above(glob.prefix())) notes.push_back(std::move(above));
    return page_of(
        notes, [&glob](std::string_view each) { return glob.matches(each); }, offset, limit);
}

std::vector<PermalinkSearch::Candidate> PermalinkSearch::candidates(const std::string& sql,
                                                                    std::string_view first,
                                                                    std::string_view second) {
    std::vector<Candidate> found;
    auto statement = database_.prepare(sql);
    auto query = statement.run();
    filter_.bind(query);
    query.bind(first);
    if (!second.empty()) query.bind(second);
    while (query.step()) {
        found.push_back({.id = {query.integer(0)},
                         .permalink = query.optional_string(1),
                         .base = query.string(2),
                         .observations = size_at(query, 3),
                         .relations = size_at(query, 4)});
    }
    return found;
}

std::vector<PermalinkSearch::Candidate> PermalinkSearch::notes_above(std::string_view permalink) {
    const auto bases = ancestors(permalink);
    if (bases.empty()) return {};
    const std::string list = "json_each(" + filter_.parameter_after() + ") AS wanted";
    const auto select = [&](const char* column) {
        return "SELECT " + std::string(kCandidateColumns) + " FROM " + list +
               " CROSS JOIN entity AS e ON " + column + " = wanted.value WHERE " +
               filter_.on_entity();
    };
    auto found = candidates(select("e.permalink") + " AND e.permalink_base IS NULL UNION ALL " +
                                select("e.permalink_base"),
                            text_list(bases), {});
    // Its own permalink is shorter than what is looked for.
    for (auto& note : found) note.permalink.reset();
    return found;
}

std::vector<PermalinkSearch::Candidate> PermalinkSearch::notes_from(const std::string& prefix) {
    const std::string columns = kCandidateColumns;
    const std::string order = " ORDER BY coalesce(e.permalink, e.permalink_base), e.id";
    if (prefix.empty()) {
        return candidates("SELECT " + columns + " FROM entity AS e WHERE " + filter_.on_entity() +
                              " AND " + filter_.parameter_after() + " = ''" + order,
                          prefix, {});
    }
    const std::string range =
        " BETWEEN " + filter_.parameter_after(1) + " AND " + filter_.parameter_after(2);
    // Two ranges of two indexes; a note whose base differs from its permalink may be in both.
    return candidates(
        "SELECT " + columns + " FROM (SELECT id FROM entity WHERE project_id = ?1 AND permalink" +
            range + " UNION SELECT id FROM entity WHERE project_id = ?1 AND permalink_base" +
            range + ") AS found CROSS JOIN entity AS e ON e.id = found.id WHERE " +
            filter_.on_entity() + order,
        prefix, end_of_prefix(prefix));
}

bool PermalinkSearch::takes_all(const Candidate& candidate, ItemKind kind) const {
    const bool every_category = kind != ItemKind::observation || !filter_.has_categories();
    return candidate.all_items_match && every_category;
}

PermalinkSearch::Found PermalinkSearch::page_of(const std::vector<Candidate>& candidates,
                                                const Matches& matches, std::size_t offset,
                                                std::size_t limit) {
    Found found;
    RowPage page(filter_.kinds(), offset, limit);
    if (has_kind(filter_.kinds(), ItemKind::entity)) {
        for (const auto& note : candidates) {
            if (!note.permalink || !matches(*note.permalink)) continue;
            ++found.total;
            page.add({ItemKind::entity, note.id.value});
        }
    }
    for (const auto kind : {ItemKind::observation, ItemKind::relation}) {
        if (!has_kind(filter_.kinds(), kind)) continue;
        const auto ids = matching_items(kind, candidates, matches);
        for (const auto& note : candidates) {
            if (takes_all(note, kind)) {
                const auto count =
                    kind == ItemKind::observation ? note.observations : note.relations;
                found.total += static_cast<std::int64_t>(count);
                page.add_items(kind, note.id, count);
            } else if (const auto list = ids.find(note.id); list != ids.end()) {
                found.total += static_cast<std::int64_t>(list->second.size());
                for (const auto id : list->second) page.add({kind, id});
            }
        }
    }
    found.rows = page.rows(database_);
    return found;
}

PermalinkSearch::IdsByNote PermalinkSearch::matching_items(ItemKind kind,
                                                           const std::vector<Candidate>& candidates,
                                                           const Matches& matches) {
    std::vector<EntityId> notes;
    std::map<EntityId, std::string_view> bases;
    std::size_t items = 0;
    for (const auto& note : candidates) {
        const auto count = kind == ItemKind::observation ? note.observations : note.relations;
        if (count == 0 || takes_all(note, kind)) continue;
        items += count;
        if (items > kMaxDerived) break;
        if (bases.emplace(note.id, note.base).second) notes.push_back(note.id);
    }
    if (notes.empty()) return {};
    return kind == ItemKind::observation ? matching_observations(notes, bases, matches)
                                         : matching_relations(notes, bases, matches);
}

PermalinkSearch::IdsByNote PermalinkSearch::matching_observations(
    const std::vector<EntityId>& notes, const std::map<EntityId, std::string_view>& bases,
    const Matches& matches) {
    IdsByNote ids;
    auto statement =
        database_.prepare("SELECT o.entity_id, o.id, o.category, o.content FROM json_each(" +
                          filter_.parameter_after() +
                          ") AS wanted CROSS JOIN observation AS o ON o.entity_id = wanted.value"
                          " JOIN entity AS e ON e.id = o.entity_id WHERE " +
                          filter_.on_observation() + " ORDER BY o.entity_id, o.id");
    auto query = statement.run();
    filter_.bind(query);
    query.bind(id_list(std::span<const EntityId>(notes)));
    while (query.step()) {
        const EntityId note{query.integer(0)};
        if (matches(observation_permalink(bases.at(note), query.text(2), query.text(3)))) {
            ids[note].push_back(query.integer(1));
        }
    }
    return ids;
}

PermalinkSearch::IdsByNote PermalinkSearch::matching_relations(
    const std::vector<EntityId>& notes, const std::map<EntityId, std::string_view>& bases,
    const Matches& matches) {
    IdsByNote ids;
    auto statement = database_.prepare(
        "SELECT r.from_id, r.id, r.type, coalesce(t.permalink, t.path, r.to_name)"
        " FROM json_each(?) AS wanted CROSS JOIN relation AS r ON r.from_id = wanted.value"
        " LEFT JOIN entity AS t ON t.id = r.to_id ORDER BY r.from_id, r.id");
    auto query = statement.run();
    query.bind(id_list(std::span<const EntityId>(notes)));
    while (query.step()) {
        const EntityId note{query.integer(0)};
        if (matches(relation_permalink(bases.at(note), query.text(2), query.text(3)))) {
            ids[note].push_back(query.integer(1));
        }
    }
    return ids;
}

}  // namespace bm
