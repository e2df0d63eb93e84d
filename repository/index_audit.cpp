#include "repository/index_audit.hpp"

#include <algorithm>
#include <string_view>

#include "repository/derived_columns.hpp"
#include "repository/stored_rows.hpp"

namespace bm {

namespace {

/// Where a row must have an owner: the condition that finds those without.
struct Ownership {
    std::string_view table;
    std::string_view without_owner;
};

constexpr Ownership kOwnerships[] = {
    {"entity", "project_id NOT IN (SELECT id FROM project)"},
    {"observation",
     "NOT EXISTS (SELECT 1 FROM entity e WHERE e.id = entity_id AND e.project_id ="
     " observation.project_id)"},
    {"relation",
     "NOT EXISTS (SELECT 1 FROM entity e WHERE e.id = from_id AND e.project_id ="
     " relation.project_id)"},
    {"failed_file", "project_id NOT IN (SELECT id FROM project)"},
    {"text_segment", "project_id NOT IN (SELECT id FROM project)"},
    {"text_page", "segment_id NOT IN (SELECT id FROM text_segment)"},
    {"text_fresh", "project_id NOT IN (SELECT id FROM project)"},
};

std::string orphan_sql(std::string_view verb, const Ownership& ownership) {
    std::string text(verb);
    text += " FROM ";
    text += ownership.table;
    text += " WHERE ";
    text += ownership.without_owner;
    return text;
}

}  // namespace

IndexAudit::IndexAudit(Database& database)
    : database_(database),
      keys_of_entity_(database,
                      "SELECT title_key, type_key, permalink_base, path_alias, changed_at,"
                      " observations = (SELECT count(*) FROM observation WHERE entity_id = e.id),"
                      " relations = (SELECT count(*) FROM relation WHERE from_id = e.id)"
                      " FROM entity AS e WHERE id = ?"),
      keys_of_relations_(database,
                         "SELECT to_name, target, plain, link_key, plain_key, changed_at"
                         " FROM relation WHERE from_id = ?") {}

std::vector<std::string> IndexAudit::damage(int limit) {
    std::vector<std::string> lines;
    auto statement = database_.prepare("PRAGMA integrity_check(" + std::to_string(limit) + ")");
    auto query = statement.run();
    while (query.step()) {
        if (query.text(0) != "ok") lines.push_back(query.string(0));
    }
    return lines;
}

std::int64_t IndexAudit::orphans() {
    std::int64_t count = 0;
    for (const auto& ownership : kOwnerships) {
        auto statement = database_.prepare(orphan_sql("SELECT count(*)", ownership));
        auto query = statement.run();
        if (query.step()) count += query.integer(0);
    }
    return count;
}

void IndexAudit::remove_orphans() {
    for (const auto& ownership : kOwnerships) database_.exec(orphan_sql("DELETE", ownership));
}

std::vector<IndexAudit::Document> IndexAudit::documents(ProjectId project) {
    auto statement = database_.prepare(
        "SELECT text_doc, id FROM entity WHERE project_id = ?1"
        " UNION ALL SELECT o.id, o.entity_id FROM observation o JOIN entity e ON e.id = o.entity_id"
        " WHERE e.project_id = ?1"
        " UNION ALL SELECT r.id, r.from_id FROM relation r JOIN entity e ON e.id = r.from_id"
        " WHERE e.project_id = ?1 ORDER BY 1");
    auto query = statement.run();
    query.bind(project.value);
    std::vector<Document> documents;
    while (query.step()) {
        documents.push_back({TextDoc{query.integer(0)}, EntityId{query.integer(1)}});
    }
    return documents;
}

std::vector<IndexAudit::Link> IndexAudit::links(ProjectId project) {
    auto statement =
        database_.prepare("SELECT from_id, to_name, to_id FROM relation WHERE project_id = ?");
    auto query = statement.run();
    query.bind(project.value);
    std::vector<Link> links;
    while (query.step()) {
        Link link{EntityId{query.integer(0)}, query.string(1), std::nullopt};
        if (const auto to = query.optional_integer(2)) link.to = EntityId{*to};
        links.push_back(std::move(link));
    }
    return links;
}

bool IndexAudit::derived_columns_agree(const Entity& entity) {
    const std::int64_t changed_at = to_microseconds(std::max(entity.created, entity.updated));
    {
        auto query = keys_of_entity_.run();
        if (!query.bind(entity.id.value).step()) return true;
        const EntityKeys keys{query.string(0), query.string(1), query.optional_string(2),
                              query.string(3)};
        const bool agrees =
            keys == entity_keys(entity.title, entity.type, entity.permalink, entity.path.str()) &&
            query.integer(4) == changed_at && query.integer(5) != 0 && query.integer(6) != 0;
        if (!agrees) return false;
    }
    auto query = keys_of_relations_.run();
    query.bind(entity.id.value);
    while (query.step()) {
        const RelationKeys keys{query.optional_string(1), query.optional_string(2), query.string(3),
                                query.optional_string(4)};
        if (keys != relation_keys(query.string(0)) || query.integer(5) != changed_at) return false;
    }
    return true;
}

}  // namespace bm
