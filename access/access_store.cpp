#include "access/access_store.hpp"

#include <cerrno>
#include <stdexcept>
#include <system_error>

#include <fcntl.h>
#include <sys/stat.h>

#include "repository/descriptor.hpp"

namespace bm {

namespace {

constexpr int kAccessVersion = 1;

// Times are seconds since 1970. A digest is the SHA-256 of a secret that only its holder has. Ids
// of users and grants are never used twice: principals are named after them.
constexpr const char* kAccessSchema = R"sql(
CREATE TABLE setting (
    name  TEXT PRIMARY KEY,
    value BLOB NOT NULL,
    expires_at INTEGER
) WITHOUT ROWID;

CREATE TABLE user (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    name       TEXT NOT NULL UNIQUE,
    password   TEXT NOT NULL,
    created_at INTEGER NOT NULL
);

-- Browsers that are logged in.
CREATE TABLE login (
    digest     BLOB PRIMARY KEY,
    user_id    INTEGER NOT NULL REFERENCES user (id) ON DELETE CASCADE,
    expires_at INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX login_by_user ON login (user_id);

CREATE TABLE client (
    id            TEXT PRIMARY KEY,
    configured    INTEGER NOT NULL,  -- by the administrator; the others registered themselves
    name          TEXT NOT NULL,
    redirect_uris TEXT NOT NULL,     -- a JSON list, as grant_types
    grant_types   TEXT NOT NULL,
    auth_method   TEXT NOT NULL,
    secret        BLOB,              -- digest
    created_at    INTEGER NOT NULL,
    used_at       INTEGER            -- when a login ended last
) WITHOUT ROWID;

CREATE TABLE consent (
    user_id      INTEGER NOT NULL REFERENCES user (id) ON DELETE CASCADE,
    client_id    TEXT NOT NULL,
    redirect_uri TEXT NOT NULL,
    scope        TEXT NOT NULL,
    given_at     INTEGER NOT NULL,
    PRIMARY KEY (user_id, client_id, redirect_uri)
) WITHOUT ROWID;

-- What a token stands for. All tokens that descend from one login belong to one grant and go with it.
CREATE TABLE access_grant (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    name       TEXT NOT NULL,
    user_id    INTEGER REFERENCES user (id) ON DELETE CASCADE,
    client_id  TEXT,       -- null: a personal token
    scope      TEXT NOT NULL,
    project    TEXT,
    resource   TEXT,       -- null: any endpoint of this server
    created_at INTEGER NOT NULL,
    ends_at    INTEGER,
    used_at    INTEGER
);
CREATE INDEX access_grant_by_user ON access_grant (user_id);

CREATE TABLE token (
    digest     BLOB PRIMARY KEY,
    grant_id   INTEGER NOT NULL REFERENCES access_grant (id) ON DELETE CASCADE,
    refreshes  INTEGER NOT NULL,
    scope      TEXT NOT NULL,
    expires_at INTEGER,
    retired_at INTEGER,
    grace_used INTEGER NOT NULL DEFAULT 0
) WITHOUT ROWID;
CREATE INDEX token_by_grant ON token (grant_id);

-- A spent code stays for a day: who shows it again has stolen it, or was stolen from.
CREATE TABLE authorization_code (
    digest       BLOB PRIMARY KEY,
    client_id    TEXT NOT NULL,
    redirect_uri TEXT NOT NULL,
    challenge    TEXT NOT NULL,
    scope        TEXT NOT NULL,
    offline      INTEGER NOT NULL,
    resource     TEXT NOT NULL,
    user_id      INTEGER NOT NULL REFERENCES user (id) ON DELETE CASCADE,
    expires_at   INTEGER NOT NULL,
    spent        INTEGER NOT NULL DEFAULT 0,
    grant_id     INTEGER REFERENCES access_grant (id) ON DELETE SET NULL
) WITHOUT ROWID;
CREATE INDEX authorization_code_by_user ON authorization_code (user_id);
CREATE INDEX authorization_code_by_grant ON authorization_code (grant_id);

CREATE TABLE device (
    digest     BLOB PRIMARY KEY,
    user_code  TEXT NOT NULL UNIQUE,
    client_id  TEXT NOT NULL,
    scope      TEXT NOT NULL,
    offline    INTEGER NOT NULL,
    resource   TEXT NOT NULL,
    state      TEXT NOT NULL,  -- pending, approved, denied
    user_id    INTEGER REFERENCES user (id) ON DELETE CASCADE,
    expires_at INTEGER NOT NULL,
    pause      INTEGER NOT NULL,  -- seconds between two questions of the device
    asked_at   INTEGER
) WITHOUT ROWID;
CREATE INDEX device_by_user ON device (user_id);
)sql";

// SQLite gives the files beside the database the same permissions.
const std::filesystem::path& made_private(const std::filesystem::path& file) {
    if (file.has_parent_path()) std::filesystem::create_directories(file.parent_path());
    const Descriptor descriptor(
        ::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, S_IRUSR | S_IWUSR));
    if (!descriptor || ::fchmod(descriptor.number(), S_IRUSR | S_IWUSR) != 0)
        throw std::system_error(errno, std::generic_category(), "cannot open " + file.string());
    return file;
}

std::int64_t access_version(Database& database) {
    auto statement = database.prepare("PRAGMA user_version");
    auto query = statement.run();
    query.step();
    return query.integer(0);
}

void prepare_tables(Database& database) {
    Transaction transaction(database);
    const std::int64_t found = access_version(database);
    if (found > kAccessVersion)
        throw std::runtime_error(
            "access.db was written by a newer version of this program. Use that one.");
    if (found == 0) {
        database.exec(kAccessSchema);
        database.exec("PRAGMA user_version = " + std::to_string(kAccessVersion));
    }
    transaction.commit();
}

std::int64_t delete_rows(Database& database, std::string_view sql, Seconds before) {
    auto statement = database.prepare(sql);
    statement.run().bind(before).done();
    return database.changes();
}

}  // namespace

AccessStore::AccessStore(const std::filesystem::path& file)
    : database_(made_private(file), Database::Mode::read_write_create) {
    // What was revoked must not come back with the power.
    database_.exec("PRAGMA synchronous = FULL");
    prepare_tables(database_);
}

std::int64_t AccessStore::prune(Seconds now) {
    struct Rule {
        const char* sql;
        Seconds before;
    };
    const Rule rules[] = {
        {"DELETE FROM setting WHERE expires_at <= ?", now},
        {"DELETE FROM login WHERE expires_at <= ?", now},
        {"DELETE FROM device WHERE expires_at <= ?", now - kHour},
        {"DELETE FROM authorization_code WHERE expires_at <= ?", now - kDay},
        {"DELETE FROM token WHERE expires_at <= ?", now},
        {"DELETE FROM access_grant WHERE ends_at <= ?", now},
        {"DELETE FROM access_grant WHERE client_id IS NOT NULL AND created_at <= ? AND NOT EXISTS "
         "(SELECT 1 FROM token WHERE grant_id = access_grant.id)",
         now - kDay},
        {"DELETE FROM client WHERE configured = 0 AND used_at IS NULL AND created_at <= ?",
         now - kDay},
        {"DELETE FROM client WHERE configured = 0 AND used_at <= ?", now - 90 * kDay},
    };
    return write([&](Database& database) {
        std::int64_t rows = 0;
        for (const Rule& rule : rules) rows += delete_rows(database, rule.sql, rule.before);
        return rows;
    });
}

}  // namespace bm
