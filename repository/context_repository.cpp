#include "repository/context_repository.hpp"

#include <algorithm>
#include <limits>
#include <map>
#include <set>
#include <tuple>
#include <utility>

#include "markdown/permalink.hpp"
#include "markdown/text.hpp"
#include "repository/json_list.hpp"
#include "repository/permalink_glob.hpp"
#include "repository/stored_rows.hpp"
#include "repository/text_range.hpp"

namespace bm {

namespace {

// The links of each note of a frontier, no more of each than a whole answer can hold: those it
// makes in the order of its text, then those that point to it, newest source first. Both come out
// of an index in that order, so a hub costs what is kept of it.
constexpr const char* kOutgoing = R"sql(
    SELECT wanted.value, r.id, r.from_id, r.to_id
    FROM json_each(?1) AS wanted CROSS JOIN relation AS r
    WHERE +r.project_id = ?2 AND r.id IN (
        SELECT id FROM relation WHERE from_id = wanted.value ORDER BY id LIMIT ?3)
    ORDER BY wanted.key, r.id)sql";
constexpr const char* kIncoming = R"sql(
    SELECT wanted.value, r.id, r.from_id, r.to_id
    FROM json_each(?1) AS wanted CROSS JOIN relation AS r
    WHERE +r.project_id = ?2 AND r.id IN (
        SELECT id FROM relation WHERE to_id = wanted.value AND changed_at >= ?4
        ORDER BY changed_at DESC, id DESC LIMIT ?3)
    ORDER BY wanted.key, r.changed_at DESC, r.id DESC)sql";

constexpr const char* kPermalinksFrom =
    "SELECT id, permalink FROM entity WHERE project_id = ? AND permalink >= ? ORDER BY permalink";

/// A link of a note of the frontier.
struct Link {
    RelationId relation;
    std::optional<EntityId> other_end;
};
using LinksByNote = std::map<EntityId, std::vector<Link>>;

/// A note that the walk has reached from one seed.
struct Reached {
    EntityId root;
    EntityId note;
    friend auto operator<=>(const Reached&, const Reached&) = default;
};

Timestamp changed(const Entity& entity) { return std::max(entity.created, entity.updated); }

}  // namespace

struct ContextRepository::Statements {
    explicit Statements(Database& database)
        : outgoing(database, kOutgoing),
          incoming(database, kIncoming),
          edges(database, "SELECT " + edge_columns +
                              ", f.created_at FROM json_each(?) AS wanted CROSS JOIN relation AS r"
                              " ON r.id = wanted.value" +
                              edge_joins),
          observations(database,
                       "SELECT total(e.observations) FROM json_each(?) AS wanted"
                       " CROSS JOIN entity AS e ON e.id = wanted.value"),
          permalinks(database, kPermalinksFrom),
          typed_targets(database,
                        "SELECT type, to_id FROM relation"
                        " WHERE from_id = ? AND to_id IS NOT NULL ORDER BY id"),
          loader(database) {}

    Statement outgoing, incoming, edges, observations, permalinks, typed_targets;
    RowLoader loader;
};

/// One walk: the hops, what was seen on them and what is still wanted.
class ContextRepository::Walk {
public:
    Walk(Statements& statements, ProjectId project, std::size_t max_items,
         std::optional<Timestamp> since)
        : statements_(statements), project_(project), max_items_(max_items), since_(since) {}

    ContextWalk run(const std::vector<EntityId>& seeds, int depth) {
        for (const EntityId seed : seeds) {
            if (seen_notes_.insert({seed, seed}).second) frontier_.push_back({seed, seed});
        }
        for (int hop = 1; hop <= depth && !frontier_.empty() && left() > 0; ++hop) take_hop(hop);
        walk_.observation_count = count_observations();
        return std::move(walk_);
    }

private:
    [[nodiscard]] std::size_t left() const { return max_items_ - walk_.items.size(); }

    void take_hop(int hop) {
        const LinksByNote links = links_of_frontier();
        const auto taken = choose(links);
        add_edges(hop, taken);
        add_notes(hop, taken);
    }

    LinksByNote links_of_frontier() {
        std::set<EntityId> distinct;
        for (const Reached& reached : frontier_) distinct.insert(reached.note);
        const std::vector<EntityId> notes(distinct.begin(), distinct.end());
        const std::string list = id_list(std::span<const EntityId>(notes));
        const auto limit = static_cast<std::int64_t>(max_items_);
        LinksByNote links;
        {
            auto query = statements_.outgoing.run();
            query.bind(list).bind(project_.value).bind(limit);
            while (query.step()) {
                std::optional<EntityId> to;
                if (const auto id = query.optional_integer(3)) to = EntityId{*id};
                links[{query.integer(0)}].push_back({{query.integer(1)}, to});
            }
        }
        auto query = statements_.incoming.run();
        query.bind(list)
            .bind(project_.value)
            .bind(limit)
            .bind(since_ ? to_microseconds(*since_) : std::numeric_limits<std::int64_t>::min());
        while (query.step()) {
            links[{query.integer(0)}].push_back({{query.integer(1)}, EntityId{query.integer(2)}});
        }
        return links;
    }

    struct Taken {
        EntityId root;
        Link link;
    };

    /// The first link of each note, then the second of each, and so on: no seed starves because
    /// another one has many.
    std::vector<Taken> choose(const LinksByNote& links) {
        std::vector<Taken> taken;
        bool any = true;
        for (std::size_t rank = 0; any; ++rank) {
            any = false;
            for (const Reached& reached : frontier_) {
                const auto found = links.find(reached.note);
                if (found == links.end() || rank >= found->second.size()) continue;
                any = true;
                const Link& link = found->second[rank];
                if (taken.size() == left()) return taken;
                if (seen_links_.insert({reached.root.value, link.relation.value}).second) {
                    taken.push_back({reached.root, link});
                }
            }
        }
        return taken;
    }

    void add_edges(int hop, const std::vector<Taken>& taken) {
        std::vector<RelationId> ids;
        ids.reserve(taken.size());
        for (const Taken& each : taken) ids.push_back(each.link.relation);
        std::map<RelationId, RelatedItem> loaded;
        if (!ids.empty()) {
            auto query = statements_.edges.run();
            query.bind(id_list(std::span<const RelationId>(ids)));
            while (query.step()) {
                Edge edge = read_edge(query);
                const RelationId id = edge.relation.id;
                loaded.emplace(id, RelatedItem{{0},
                                               hop,
                                               std::move(edge),
                                               std::nullopt,
                                               from_microseconds(query.integer(kEdgeColumns))});
            }
        }
        std::vector<RelatedItem> items;
        for (const Taken& each : taken) {
            items.push_back(loaded.at(each.link.relation));
            items.back().root = each.root;
        }
        std::stable_sort(items.begin(), items.end(), [](const auto& a, const auto& b) {
            return a.edge->relation.id < b.edge->relation.id;
        });
        std::move(items.begin(), items.end(), std::back_inserter(walk_.items));
    }

    /// The notes at the other ends; they are where the next hop starts.
    void add_notes(int hop, const std::vector<Taken>& taken) {
        std::vector<Reached> reached;
        std::vector<EntityId> ids;
        for (const Taken& each : taken) {
            if (!each.link.other_end) continue;
            const Reached next{each.root, *each.link.other_end};
            if (!seen_notes_.insert(next).second) continue;
            reached.push_back(next);
            ids.push_back(next.note);
        }
        std::map<EntityId, Entity> notes;
        for (auto& note : statements_.loader.entities(ids)) notes.emplace(note.id, std::move(note));
        std::stable_sort(reached.begin(), reached.end(),
                         [](const auto& a, const auto& b) { return a.note < b.note; });
        frontier_.clear();
        for (const Reached& each : reached) {
            const auto found = notes.find(each.note);
            if (left() == 0) break;
            if (found == notes.end() || (since_ && changed(found->second) < *since_)) continue;
            walk_.items.push_back(
                {each.root, hop, std::nullopt, found->second, found->second.created});
            frontier_.push_back(each);
        }
    }

    std::int64_t count_observations() {
        std::set<EntityId> distinct;
        for (const Reached& reached : seen_notes_) {
            if (reached.root == reached.note) distinct.insert(reached.note);
        }
        for (const auto& item : walk_.items) {
            if (item.entity) distinct.insert(item.entity->id);
        }
        const std::vector<EntityId> notes(distinct.begin(), distinct.end());
        auto query = statements_.observations.run();
        query.bind(id_list(std::span<const EntityId>(notes))).step();
        return query.integer(0);
    }

    Statements& statements_;
    ProjectId project_;
    std::size_t max_items_;
    std::optional<Timestamp> since_;
    std::vector<Reached> frontier_;
    std::set<Reached> seen_notes_;
    std::set<std::pair<std::int64_t, std::int64_t>> seen_links_;  // root and relation
    ContextWalk walk_;
};

ContextRepository::ContextRepository(Database& database)
    : database_(database), statements_(std::make_shared<Statements>(database)) {}

ContextWalk ContextRepository::walk(ProjectId project, const std::vector<EntityId>& seeds,
                                    int depth, std::size_t max_items,
                                    std::optional<Timestamp> since) {
    return Walk(*statements_, project, max_items, since).run(seeds, depth);
}

std::vector<Entity> ContextRepository::matching(ProjectId project, std::string_view pattern,
                                                std::size_t limit, std::size_t offset) {
    const PermalinkGlob wanted(pattern);
    std::vector<EntityId> ids;
    auto query = statements_->permalinks.run();
    query.bind(project.value).bind(wanted.prefix());
    while (ids.size() < limit && query.step()) {
        const std::string_view permalink = query.text(1);
        if (!permalink.starts_with(wanted.prefix())) break;
        if (!wanted.matches(permalink)) continue;
        if (offset > 0) {
            --offset;
        } else {
            ids.push_back({query.integer(0)});
        }
    }
    return statements_->loader.entities(ids);
}

std::vector<Entity> ContextRepository::targets_of(EntityId source, std::string_view type) {
    const std::string wanted = slug_keeping_suffix(type);
    std::vector<EntityId> ids;
    std::set<EntityId> seen;
    auto query = statements_->typed_targets.run();
    query.bind(source.value);
    while (query.step()) {
        if (slug_keeping_suffix(query.text(0)) != wanted) continue;
        const EntityId target{query.integer(1)};
        if (seen.insert(target).second) ids.push_back(target);
    }
    return statements_->loader.entities(ids);
}

}  // namespace bm
