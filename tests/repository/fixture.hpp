#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "repository/index.hpp"
#include "repository/schema.hpp"

namespace bm::test {

inline RelativePath path(std::string_view text) { return RelativePath::parse(text).value(); }
inline ProjectName project_name(std::string_view text) { return ProjectName::parse(text).value(); }
inline Timestamp seconds(std::int64_t since_1970) {
    return Timestamp(std::chrono::seconds(since_1970));
}

/// What a note in a test says. Names that are left out follow from the path.
struct TestNote {
    std::string path;
    std::optional<std::string> title{};
    std::optional<std::string> permalink{};
    std::string type = "note";
    std::string metadata = "{}";
    std::int64_t created = 1'000;
    std::int64_t updated = 1'000;
    std::string body{};
    std::vector<Observation> observations{};
    std::vector<Relation> relations{};
    bool has_permalink = true;
};

inline std::string without_suffix(const std::string& path) {
    return path.ends_with(".md") ? path.substr(0, path.size() - 3) : path;
}

/// Every repository over a database in memory, with one project.
class RepositoryFixture {
public:
    RepositoryFixture() : tables(":memory:", Database::Mode::read_write_create) {
        prepare_schema(tables.database);
        project = add_project("main");
    }

    ProjectId add_project(std::string_view name) {
        return tables.projects.insert(project_name(name), "/srv/" + std::string(name), seconds(0))
            .id;
    }

    static EntityDraft draft(const TestNote& note) {
        std::optional<std::string> permalink = note.permalink;
        if (!permalink && note.has_permalink) permalink = without_suffix(note.path);
        return {.title = note.title.value_or(without_suffix(std::string(file_name(note.path)))),
                .type = note.type,
                .metadata = note.metadata,
                .content_type = "text/markdown",
                .permalink = permalink,
                .path = path(note.path),
                .checksum = checksum_of(note.path + note.body),
                .stamp = {.mtime_ns = note.updated * 1'000'000'000, .size = 10, .inode = 7},
                .created = seconds(note.created),
                .updated = seconds(note.updated),
                .excerpt = note.body.substr(0, 250)};
    }

    /// Stores rows and search documents, links unresolved.
    Entity add(const TestNote& note) { return add(project, note); }
    Entity add(ProjectId where, const TestNote& note) {
        const auto first =
            tables.text.allocate(1 + note.observations.size() + note.relations.size());
        const Entity entity = tables.entities.upsert(where, draft(note), first);
        const std::vector<std::optional<EntityId>> targets(note.relations.size());
        tables.graph.replace(entity.id,
                             {note.observations, note.relations, targets, {first.value + 1}});
        std::vector<TextDocument> documents{{first, ItemKind::entity, entity.title, note.body}};
        for (const auto& observation : note.observations) {
            documents.push_back({next(documents), ItemKind::observation, "", observation.content});
        }
        for (const auto& relation : note.relations) {
            documents.push_back(
                {next(documents), ItemKind::relation, entity.title, relation.target});
        }
        tables.text.add(where, documents);
        return entity;
    }
    /// A note with links, by titles or paths, all of type "links_to".
    Entity link(const std::string& from, const std::vector<std::string>& targets,
                std::int64_t changed = 1'000) {
        TestNote note{.path = from, .created = changed, .updated = changed};
        for (const auto& target : targets) note.relations.push_back({"links_to", target, {}});
        return add(note);
    }
    std::int64_t resolve() { return tables.graph.resolve_exact(project); }

    std::int64_t count_rows(const std::string& table) {
        auto statement = tables.database.prepare("SELECT count(*) FROM " + table);
        auto query = statement.run();
        query.step();
        return query.integer(0);
    }

    Tables tables;
    ProjectId project{0};

private:
    static TextDoc next(const std::vector<TextDocument>& documents) {
        return {documents.back().doc.value + 1};
    }
};

template <class Row>
std::vector<std::string> paths_of(const std::vector<Row>& rows) {
    std::vector<std::string> paths;
    for (const auto& row : rows) paths.push_back(row.path.str());
    return paths;
}

}  // namespace bm::test
