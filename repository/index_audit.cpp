#include "repository/index_audit.hpp"

#include <string_view>

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

std::string sql(std::string_view verb, const Ownership& ownership) {
    std::string text(verb);
    text += " FROM ";
    text += ownership.table;
    text += " WHERE ";
    text += ownership.without_owner;
    return text;
}

}  // namespace

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
        auto statement = database_.prepare(sql("SELECT count(*)", ownership));
        auto query = statement.run();
        if (query.step()) count += query.integer(0);
    }
    return count;
}

void IndexAudit::remove_orphans() {
    for (const auto& ownership : kOwnerships) database_.exec(sql("DELETE", ownership));
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

}  // namespace bm
