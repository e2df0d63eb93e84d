#include "repository/link_settling.hpp"

namespace bm {

namespace {

// Resolving in bulk: each text that waiting links name is looked up once, whatever number of links
// name it. `titled` counts the notes with that title: a shared one settles nothing.
constexpr const char* kMakeWanted = R"sql(
    CREATE TEMP TABLE IF NOT EXISTS wanted (
        text   TEXT PRIMARY KEY,
        to_id  INTEGER
    ) WITHOUT ROWID;
    DELETE FROM temp.wanted)sql";

constexpr const char* kFillWanted = R"sql(
    INSERT INTO temp.wanted (text)
    SELECT coalesce(target, to_name) FROM relation
    WHERE project_id = ?1 AND to_id IS NULL AND id > ?2 AND id <= ?3
    UNION
    SELECT plain FROM relation
    WHERE project_id = ?1 AND to_id IS NULL AND id > ?2 AND id <= ?3 AND plain IS NOT NULL)sql";

// The order is that of resolving one link: permalink, title, path, path with ".md".
constexpr const char* kLookUpWanted = R"sql(
    UPDATE temp.wanted
    SET to_id = coalesce(
        (SELECT id FROM entity WHERE project_id = ?1 AND permalink = text),
        (SELECT CASE count(*) WHEN 1 THEN max(id) END FROM entity
         WHERE project_id = ?1 AND title_key = case_folded(text) AND title = text),
        (SELECT id FROM entity WHERE project_id = ?1 AND path = text),
        CASE WHEN lower(substr(text, -3)) <> '.md' AND
                  (instr(text, '/') > 0 OR NOT EXISTS (
                       SELECT 1 FROM entity WHERE project_id = ?1
                       AND title_key = case_folded(text) AND title = text)) THEN
            (SELECT id FROM entity WHERE project_id = ?1 AND path = text || '.md') END)
    WHERE text <> '')sql";

constexpr const char* kSettleByTarget = R"sql(
    UPDATE relation SET to_id = wanted.to_id
    FROM temp.wanted AS wanted
    WHERE relation.project_id = ?1 AND relation.to_id IS NULL
      AND relation.id > ?2 AND relation.id <= ?3
      AND wanted.text = coalesce(relation.target, relation.to_name)
      AND wanted.to_id IS NOT NULL)sql";

constexpr const char* kSettleByPlain = R"sql(
    UPDATE relation SET to_id = wanted.to_id
    FROM temp.wanted AS wanted
    WHERE relation.project_id = ?1 AND relation.to_id IS NULL AND relation.plain IS NOT NULL
      AND relation.id > ?2 AND relation.id <= ?3
      AND wanted.text = relation.plain AND wanted.to_id IS NOT NULL)sql";

}  // namespace

std::int64_t settle_exact_links(Database& database, ProjectId project, const LinkRange& range) {
    database.exec(kMakeWanted);
    std::int64_t settled = 0;
    for (const char* sql : {kFillWanted, kLookUpWanted, kSettleByTarget, kSettleByPlain}) {
        auto statement = database.prepare(sql);
        auto query = statement.run();
        query.bind(project.value);
        if (sql != kLookUpWanted) query.bind(range.after.value).bind(range.last.value);
        query.done();
        if (sql == kSettleByTarget || sql == kSettleByPlain) settled += database.changes();
    }
    database.exec("DELETE FROM temp.wanted");
    return settled;
}

}  // namespace bm
