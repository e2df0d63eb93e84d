#include "repository/schema.hpp"

#include <string>

namespace bm {

namespace {

// Times are microseconds since 1970 in UTC. Ids of documents in the text index (text_doc) are never
// used twice.
constexpr const char* kSchema = R"sql(
CREATE TABLE counter (
    name  TEXT PRIMARY KEY,
    value INTEGER NOT NULL
) WITHOUT ROWID;

CREATE TABLE project (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    external_id TEXT NOT NULL UNIQUE,
    name        TEXT NOT NULL UNIQUE,
    permalink   TEXT NOT NULL UNIQUE,
    path        TEXT NOT NULL,
    is_default  INTEGER NOT NULL DEFAULT 0,
    created_at  INTEGER NOT NULL,
    updated_at  INTEGER NOT NULL,
    last_scan_started INTEGER,
    last_file_count   INTEGER
);

CREATE TABLE entity (
    id           INTEGER PRIMARY KEY AUTOINCREMENT,
    external_id  BLOB NOT NULL,
    project_id   INTEGER NOT NULL REFERENCES project (id) ON DELETE CASCADE,
    title        TEXT NOT NULL,
    title_key    TEXT NOT NULL,  -- case-folded title
    type         TEXT NOT NULL,
    type_key     TEXT NOT NULL,  -- canonical type
    metadata     TEXT NOT NULL,
    content_type TEXT NOT NULL,
    permalink    TEXT,
    path         TEXT NOT NULL,
    path_alias   TEXT NOT NULL,  -- NFC, case-folded, '_' as '-', without ".md"
    checksum     BLOB NOT NULL,
    mtime_ns     INTEGER NOT NULL,
    size         INTEGER NOT NULL,
    inode        INTEGER NOT NULL,
    created_at   INTEGER NOT NULL,
    updated_at   INTEGER NOT NULL,
    excerpt      TEXT NOT NULL,
    text_doc     INTEGER NOT NULL
);
CREATE UNIQUE INDEX entity_by_path ON entity (project_id, path);
CREATE UNIQUE INDEX entity_by_permalink ON entity (project_id, permalink) WHERE permalink IS NOT NULL;
CREATE UNIQUE INDEX entity_by_external_id ON entity (external_id);
CREATE UNIQUE INDEX entity_by_text_doc ON entity (text_doc);
CREATE INDEX entity_by_title ON entity (project_id, title_key);
CREATE INDEX entity_by_alias ON entity (project_id, path_alias);
CREATE INDEX entity_by_update ON entity (project_id, updated_at);

CREATE TABLE observation (
    id        INTEGER PRIMARY KEY AUTOINCREMENT,
    entity_id INTEGER NOT NULL REFERENCES entity (id) ON DELETE CASCADE,
    category  TEXT NOT NULL,
    content   TEXT NOT NULL,
    context   TEXT,
    tags      TEXT NOT NULL DEFAULT '[]',
    text_doc  INTEGER NOT NULL
);
CREATE INDEX observation_by_entity ON observation (entity_id);
CREATE INDEX observation_by_category ON observation (category);
CREATE UNIQUE INDEX observation_by_text_doc ON observation (text_doc);

CREATE TABLE relation (
    id       INTEGER PRIMARY KEY AUTOINCREMENT,
    from_id  INTEGER NOT NULL REFERENCES entity (id) ON DELETE CASCADE,
    to_id    INTEGER REFERENCES entity (id) ON DELETE SET NULL,
    to_name  TEXT NOT NULL,
    target   TEXT NOT NULL,  -- the part of to_name that names the target
    link_key TEXT NOT NULL,  -- the key under which `target` is filed
    plain_key TEXT,          -- the key without an anchor, where there is one
    type     TEXT NOT NULL,
    context  TEXT,
    text_doc INTEGER NOT NULL
);
CREATE UNIQUE INDEX relation_by_source ON relation (from_id, type, to_name);
CREATE INDEX relation_by_target ON relation (to_id, from_id) WHERE to_id IS NOT NULL;
CREATE INDEX relation_by_key ON relation (link_key);
CREATE INDEX relation_by_plain_key ON relation (plain_key) WHERE plain_key IS NOT NULL;
CREATE UNIQUE INDEX relation_by_text_doc ON relation (text_doc);

CREATE TABLE failed_file (
    project_id   INTEGER NOT NULL REFERENCES project (id) ON DELETE CASCADE,
    path         TEXT NOT NULL,
    checksum     BLOB,
    failures     INTEGER NOT NULL,
    first_failed INTEGER NOT NULL,
    last_failed  INTEGER NOT NULL,
    reason       TEXT NOT NULL,
    PRIMARY KEY (project_id, path)
) WITHOUT ROWID;

CREATE TABLE text_segment (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    project_id  INTEGER NOT NULL REFERENCES project (id) ON DELETE CASCADE,
    level       INTEGER NOT NULL,
    documents   INTEGER NOT NULL,
    tokens      INTEGER NOT NULL,
    directory   BLOB NOT NULL   -- document ids, kinds and lengths
);
CREATE INDEX text_segment_by_project ON text_segment (project_id);

CREATE TABLE text_page (
    segment_id INTEGER NOT NULL REFERENCES text_segment (id) ON DELETE CASCADE,
    first_term TEXT NOT NULL,
    part       INTEGER NOT NULL,
    data       BLOB NOT NULL,
    PRIMARY KEY (segment_id, first_term, part)
) WITHOUT ROWID;

CREATE TABLE text_fresh (
    doc        INTEGER PRIMARY KEY,
    project_id INTEGER NOT NULL REFERENCES project (id) ON DELETE CASCADE,
    kind       INTEGER NOT NULL,
    data       BLOB NOT NULL
);
CREATE INDEX text_fresh_by_project ON text_fresh (project_id);

CREATE TABLE text_dead (
    doc        INTEGER PRIMARY KEY,
    project_id INTEGER NOT NULL REFERENCES project (id) ON DELETE CASCADE
);
CREATE INDEX text_dead_by_project ON text_dead (project_id);

CREATE TABLE text_state (
    project_id INTEGER PRIMARY KEY REFERENCES project (id) ON DELETE CASCADE,
    generation INTEGER NOT NULL,  -- grows with every change of this project's text index
    documents  INTEGER NOT NULL,  -- living documents
    tokens     INTEGER NOT NULL   -- their tokens
);

INSERT INTO counter (name, value) VALUES ('text_doc', 1);
)sql";

int stored_version(Database& database) {
    auto statement = database.prepare("PRAGMA user_version");
    auto query = statement.run();
    query.step();
    return static_cast<int>(query.integer(0));
}

bool is_empty(Database& database) {
    auto statement = database.prepare("SELECT count(*) FROM sqlite_schema");
    auto query = statement.run();
    query.step();
    return query.integer(0) == 0;
}

}  // namespace

SchemaState prepare_schema(Database& database) {
    if (stored_version(database) == kSchemaVersion) return SchemaState::current;
    // Another process may be creating the tables right now: look again under the write lock.
    Transaction transaction(database);
    if (stored_version(database) == kSchemaVersion) return SchemaState::current;
    if (!is_empty(database)) return SchemaState::foreign;
    database.exec(kSchema);
    database.exec("PRAGMA user_version = " + std::to_string(kSchemaVersion));
    transaction.commit();
    return SchemaState::created;
}

bool is_sound(Database& database) {
    auto statement = database.prepare("PRAGMA quick_check(1)");
    auto query = statement.run();
    return query.step() && query.text(0) == "ok";
}

}  // namespace bm
