#include "repository/schema.hpp"

#include <cstdint>
#include <string>
#include <string_view>

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
    last_file_count   INTEGER,
    pending_links     INTEGER NOT NULL DEFAULT 0,  -- 1: those that wait, 2: all must be looked at
    pending_round     INTEGER NOT NULL DEFAULT 0   -- grows whenever some become pending
);

-- The devices that the files were on when all of them were looked at, each with the folder where it
-- is mounted; '' is the project's own.
CREATE TABLE project_mount (
    project_id INTEGER NOT NULL REFERENCES project (id) ON DELETE CASCADE,
    path       TEXT NOT NULL,
    device     INTEGER NOT NULL,
    PRIMARY KEY (project_id, path)
) WITHOUT ROWID;

CREATE TABLE entity (
    id             INTEGER PRIMARY KEY AUTOINCREMENT,
    external_id    BLOB NOT NULL,
    project_id     INTEGER NOT NULL REFERENCES project (id) ON DELETE CASCADE,
    title          TEXT NOT NULL,
    title_key      TEXT NOT NULL,  -- case-folded title
    type           TEXT NOT NULL,
    type_key       TEXT NOT NULL,  -- canonical type
    content_type   TEXT NOT NULL,
    permalink      TEXT,
    permalink_base TEXT,           -- what permalinks of its items start with, where not `permalink`
    path           TEXT NOT NULL,
    path_alias     TEXT NOT NULL,  -- NFC, case-folded, '_' as '-', without ".md"
    checksum       BLOB NOT NULL,
    mtime_ns       INTEGER NOT NULL,
    size           INTEGER NOT NULL,
    inode          INTEGER NOT NULL,
    ctime_ns       INTEGER NOT NULL,
    created_at     INTEGER NOT NULL,
    updated_at     INTEGER NOT NULL,
    changed_at     INTEGER NOT NULL,  -- the later of the two
    text_doc       INTEGER NOT NULL,
    observations   INTEGER NOT NULL DEFAULT 0,  -- how many rows there are
    relations      INTEGER NOT NULL DEFAULT 0,  -- the same for those that start here
    excerpt        TEXT NOT NULL,
    metadata       TEXT NOT NULL
);
-- Holds all that a scan compares, so that it reads neither the rows nor in their order. One path has
-- one row: whoever writes it looks first, in the same transaction.
CREATE INDEX entity_by_path ON entity (project_id, path, mtime_ns, size, inode, ctime_ns, checksum);
CREATE UNIQUE INDEX entity_by_permalink ON entity (project_id, permalink) WHERE permalink IS NOT NULL;
CREATE INDEX entity_by_base ON entity (project_id, permalink_base) WHERE permalink_base IS NOT NULL;
CREATE UNIQUE INDEX entity_by_external_id ON entity (external_id);
CREATE UNIQUE INDEX entity_by_text_doc ON entity (text_doc);
CREATE INDEX entity_by_title ON entity (project_id, title_key);
CREATE INDEX entity_by_alias ON entity (project_id, path_alias);
CREATE INDEX entity_by_type ON entity (project_id, type_key);
-- Holds the numbers of rows too, so that a page of recent rows and their total need no table.
CREATE INDEX entity_by_change ON entity (project_id, changed_at, id, observations, relations);

-- An observation's id is also the number of its document in the text index; a relation's too.
CREATE TABLE observation (
    id         INTEGER PRIMARY KEY,
    project_id INTEGER NOT NULL,
    entity_id  INTEGER NOT NULL REFERENCES entity (id) ON DELETE CASCADE,
    category   TEXT NOT NULL,
    content    TEXT NOT NULL,
    context    TEXT,
    tags       TEXT NOT NULL DEFAULT '[]'
);
CREATE INDEX observation_by_entity ON observation (entity_id);
CREATE INDEX observation_by_category ON observation (project_id, category);

-- One source has no two relations of the same type and text: whoever writes them sees to it.
CREATE TABLE relation (
    id         INTEGER PRIMARY KEY,
    project_id INTEGER NOT NULL,
    from_id    INTEGER NOT NULL REFERENCES entity (id) ON DELETE CASCADE,
    to_id      INTEGER REFERENCES entity (id) ON DELETE SET NULL,
    changed_at INTEGER NOT NULL,  -- of the source
    type       TEXT NOT NULL,
    to_name    TEXT NOT NULL,
    target     TEXT,              -- the part of to_name that names the target, where it differs
    plain      TEXT,              -- the same without an anchor, where there is one
    link_key   TEXT NOT NULL,     -- the key under which the target is filed
    plain_key  TEXT,              -- the key without an anchor, where there is one
    context    TEXT
);
CREATE INDEX relation_by_source ON relation (from_id);
CREATE INDEX relation_by_target ON relation (to_id, changed_at) WHERE to_id IS NOT NULL;
CREATE INDEX relation_by_key ON relation (project_id, link_key);
CREATE INDEX relation_by_plain_key ON relation (project_id, plain_key) WHERE plain_key IS NOT NULL;
CREATE INDEX relation_waiting ON relation (project_id) WHERE to_id IS NULL;

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

-- The full-text index. A segment is an inverted index of some documents that is never changed, only
-- merged into a larger one. Its id is random, so that what a reader remembers of it is never taken
-- for a segment that came after a rollback.
CREATE TABLE text_segment (
    id          INTEGER PRIMARY KEY,
    project_id  INTEGER NOT NULL REFERENCES project (id) ON DELETE CASCADE,
    stage       INTEGER NOT NULL,  -- 0 searched, 1 being put together, 2 to be deleted
    level       INTEGER NOT NULL,
    documents   INTEGER NOT NULL,
    dead        INTEGER NOT NULL,  -- of its documents
    bytes       INTEGER NOT NULL,
    target      INTEGER,  -- the segment that this one is being merged into
    reached     TEXT      -- the last term that a segment at stage 1 has
);
CREATE INDEX text_segment_by_project ON text_segment (project_id);

CREATE TABLE text_directory (
    segment_id INTEGER PRIMARY KEY REFERENCES text_segment (id) ON DELETE CASCADE,
    data       BLOB NOT NULL  -- number, kind and length of each document
);

CREATE TABLE text_page (
    id         INTEGER PRIMARY KEY,
    segment_id INTEGER NOT NULL REFERENCES text_segment (id) ON DELETE CASCADE,
    first_term TEXT,  -- null in a row that another one refers to
    data       BLOB NOT NULL
);
CREATE UNIQUE INDEX text_page_by_term ON text_page (segment_id, first_term);

CREATE TABLE text_dead (
    segment_id INTEGER NOT NULL REFERENCES text_segment (id) ON DELETE CASCADE,
    chunk      INTEGER NOT NULL,
    bits       BLOB NOT NULL,  -- one for each document of the chunk, in order
    PRIMARY KEY (segment_id, chunk)
) WITHOUT ROWID;

-- Documents that are not yet in a segment.
CREATE TABLE text_fresh (
    doc        INTEGER PRIMARY KEY,
    project_id INTEGER NOT NULL REFERENCES project (id) ON DELETE CASCADE,
    kind       INTEGER NOT NULL,
    tokens     INTEGER NOT NULL,
    data       BLOB NOT NULL
);
CREATE INDEX text_fresh_by_project ON text_fresh (project_id);

CREATE TABLE text_state (
    project_id      INTEGER PRIMARY KEY REFERENCES project (id) ON DELETE CASCADE,
    generation      INTEGER NOT NULL,  -- grows by a random step with every change
    documents       INTEGER NOT NULL,  -- living documents
    tokens          INTEGER NOT NULL,  -- their tokens
    fresh_documents INTEGER NOT NULL,
    fresh_bytes     INTEGER NOT NULL
);

INSERT INTO counter (name, value) VALUES ('text_doc', 1);
)sql";

// "bmix": a database with this mark is an index of ours.
constexpr std::int64_t kApplicationId = 0x626D6978;

std::int64_t pragma(Database& database, std::string_view name) {
    auto statement = database.prepare("PRAGMA " + std::string(name));
    auto query = statement.run();
    query.step();
    return query.integer(0);
}

bool is_current(Database& database) {
    return pragma(database, "user_version") == kSchemaVersion &&
           pragma(database, "application_id") == kApplicationId;
}

bool is_empty(Database& database) {
    auto statement = database.prepare("SELECT count(*) FROM sqlite_schema");
    auto query = statement.run();
    query.step();
    return query.integer(0) == 0;
}

}  // namespace

SchemaState prepare_schema(Database& database) {
    if (is_current(database)) return SchemaState::current;
    // Another process may be creating the tables right now: look again under the write lock.
    Transaction transaction(database);
    if (is_current(database)) return SchemaState::current;
    if (!is_empty(database)) return SchemaState::foreign;
    database.exec(kSchema);
    database.exec("PRAGMA application_id = " + std::to_string(kApplicationId));
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
