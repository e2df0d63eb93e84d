#include "repository/entity_statements.hpp"

#include <string>

namespace bm {

namespace {

std::string select_entities(const std::string& condition) {
    return "SELECT " + entity_columns("e") + " FROM entity AS e WHERE " + condition;
}

/// The plus keeps SQLite from reading the whole project in order of path to save sorting a few
/// rows.
constexpr const char* kByPathAfterwards = " ORDER BY +e.path";

/// Of notes with one name the least deep and shortest path comes first.
constexpr const char* kShortestPathFirst = " ORDER BY length(e.path), e.path";

}  // namespace

EntityRepository::Statements::Statements(Database& database)
    : loader(database),
      by_id(database, select_entities("e.id = ?")),
      by_permalink(database, select_entities("e.project_id = ? AND e.permalink = ?")),
      by_permalinks(database, "SELECT " + entity_columns("e") +
                                  " FROM json_each(?2) AS wanted CROSS JOIN entity AS e"
                                  " ON e.project_id = ?1 AND e.permalink = wanted.value"
                                  " ORDER BY wanted.key"),
      by_path(database, select_entities("e.project_id = ? AND e.path = ?")),
      by_external_id(database, select_entities("e.project_id = ? AND e.external_id = ?")),
      has_external_id(database, "SELECT 1 FROM entity WHERE external_id = ?"),
      ids_by_title(database,
                   "SELECT id FROM entity WHERE project_id = ? AND title_key = ? AND title = ?"
                   " LIMIT ?"),
      by_title(database, select_entities("e.project_id = ? AND e.title_key = ? AND e.title = ?") +
                             kShortestPathFirst),
      by_folded_title(database,
                      select_entities("e.project_id = ? AND e.title_key = ?") + kShortestPathFirst),
      by_alias(database,
               select_entities("e.project_id = ? AND e.path_alias = ?") + kShortestPathFirst),
      by_type(database, select_entities("e.project_id = ? AND e.type_key = ?") + kByPathAfterwards),
      by_checksum(database,
                  select_entities("e.project_id = ? AND e.checksum = ?") + kByPathAfterwards),
      owner(database, "SELECT path FROM entity WHERE project_id = ? AND permalink = ?"),
      permalink_of(database, "SELECT permalink FROM entity WHERE project_id = ? AND path = ?"),
      known(database,
            "SELECT id, external_id, changed_at, title, type, content_type, permalink,"
            " title_key, type_key, permalink_base, path_alias"
            " FROM entity WHERE project_id = ? AND path = ?"),
      insert(database, R"sql(
              INSERT INTO entity (checksum, mtime_ns, size, inode, ctime_ns, created_at, updated_at,
                                  changed_at, text_doc, excerpt, metadata, title, title_key, type,
                                  type_key, content_type, permalink, permalink_base, path,
                                  path_alias, project_id, external_id)
              VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?))sql"),
      update(database, R"sql(
              UPDATE entity
              SET checksum = ?, mtime_ns = ?, size = ?, inode = ?, ctime_ns = ?, created_at = ?,
                  updated_at = ?, changed_at = ?, text_doc = ?, excerpt = ?, metadata = ?,
                  title = ?, title_key = ?, type = ?, type_key = ?, content_type = ?,
                  permalink = ?, permalink_base = ?, path = ?, path_alias = ?
              WHERE id = ?)sql"),
      // SQLite writes every index of a column that is set, also when its value is the same.
      update_contents(database, R"sql(
              UPDATE entity
              SET checksum = ?, mtime_ns = ?, size = ?, inode = ?, ctime_ns = ?, created_at = ?,
                  updated_at = ?, changed_at = ?, text_doc = ?, excerpt = ?, metadata = ?
              WHERE id = ?)sql"),
      relations_follow(database, "UPDATE relation SET changed_at = ? WHERE from_id = ?"),
      move(database,
           "UPDATE entity SET path = ?1, path_alias = ?2, permalink = ?3, permalink_base = ?4"
           " WHERE id = ?5 AND NOT EXISTS (SELECT 1 FROM entity AS other"
           " WHERE other.project_id = entity.project_id AND other.path = ?1"
           " AND other.id <> ?5)"),
      set_stamp(database,
                "UPDATE entity SET mtime_ns = ?, size = ?, inode = ?, ctime_ns = ? WHERE id = ?"),
      set_updated(database, "UPDATE entity SET updated_at = ?, changed_at = ? WHERE id = ?"),
      erase(database, "DELETE FROM entity WHERE id = ?"),
      erase_type(database, "DELETE FROM entity WHERE project_id = ? AND type_key = ?"),
      count(database, "SELECT count(*) FROM entity WHERE project_id = ?"),
      paths(database, "SELECT path FROM entity WHERE project_id = ? ORDER BY path"),
      addresses(database,
                "SELECT permalink, path FROM entity"
                " WHERE project_id = ? AND permalink IS NOT NULL ORDER BY permalink"),
      below(database, select_entities("e.project_id = ? AND e.path >= ? AND e.path < ?") +
                          " ORDER BY e.path"),
      all(database, select_entities("e.project_id = ?") + " ORDER BY e.path"),
      text_doc(database, "SELECT text_doc FROM entity WHERE id = ?") {}

}  // namespace bm
