#pragma once

#include <string>
#include <utility>

#include "repository/activity_repository.hpp"
#include "repository/entity.hpp"
#include "repository/graph_repository.hpp"
#include "repository/project_repository.hpp"

/// Rows as the index would give them, made by hand.
namespace bm::test {

/// 2026-11-22 06:28:40 UTC
inline Timestamp sample_time() {
    return Timestamp{std::chrono::sys_days{std::chrono::year{2026} / 11 / 22} +
                     std::chrono::hours{6} + std::chrono::minutes{28} + std::chrono::seconds{40}};
}

inline Entity sample_note(std::int64_t id, const std::string& title, const std::string& path,
                          std::optional<std::string> permalink) {
    return Entity{EntityId{id},
                  "00000000-0000-4000-8000-00000000000" + std::to_string(id),
                  title,
                  "note",
                  "{}",
                  "text/markdown",
                  std::move(permalink),
                  *RelativePath::parse(path),
                  Checksum{},
                  FileStamp{},
                  sample_time(),
                  sample_time(),
                  title + " text"};
}

inline StoredObservation sample_observation(std::int64_t id, const Entity& note,
                                            const std::string& category,
                                            const std::string& content) {
    return StoredObservation{ObservationId{id}, note.id, category, content, std::nullopt, {}};
}

inline Edge sample_edge(std::int64_t id, const Entity& from, const std::string& type,
                        const Entity& to) {
    return Edge{StoredRelation{RelationId{id}, from.id, to.id, to.title, type, std::nullopt},
                from.title,
                from.permalink,
                from.path,
                to.title,
                to.permalink,
                to.path.str()};
}

inline Edge sample_edge_to_nowhere(std::int64_t id, const Entity& from, const std::string& type,
                                   const std::string& target) {
    return Edge{StoredRelation{RelationId{id}, from.id, std::nullopt, target, type, std::nullopt},
                from.title,
                from.permalink,
                from.path,
                std::nullopt,
                std::nullopt,
                std::nullopt};
}

inline Project sample_project(std::int64_t id, const std::string& name) {
    return Project{ProjectId{id}, "p", *ProjectName::parse(name), name, "/vaults/" + name, false};
}

inline ActivityRow row_of(const Entity& note) {
    return {ItemKind::entity, note, std::nullopt, std::nullopt};
}
inline ActivityRow row_of(const Entity& note, const StoredObservation& observation) {
    return {ItemKind::observation, note, observation, std::nullopt};
}
inline ActivityRow row_of(const Entity& note, const Edge& edge) {
    return {ItemKind::relation, note, std::nullopt, edge};
}

}  // namespace bm::test
