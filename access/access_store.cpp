#include "access/access_store.hpp"

#include <cerrno>
#include <stdexcept>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <sys/stat.h>

#include "repository/descriptor.hpp"

namespace bm {

namespace {

constexpr int kAccessVersion = 3;

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

// SQLite gives the files beside the database the same permissions. A file that is there is never
// opened for this: closing it would drop the locks that SQLite holds on it in this process.
void make_private(const std::filesystem::path& file) {
    const auto refuse = [&] {
        throw std::system_error(errno, std::generic_category(), "cannot open " + file.string());
    };
    if (file.has_parent_path()) std::filesystem::create_directories(file.parent_path());
    const Descriptor created(
        ::open(file.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, S_IRUSR | S_IWUSR));
    if (created) return;
    if (errno != EEXIST) refuse();
    struct stat status {};
    if (::lstat(file.c_str(), &status) != 0) refuse();
    if (S_ISLNK(status.st_mode)) {
        errno = ELOOP;
        refuse();
    }
    constexpr mode_t mine = S_IRUSR | S_IWUSR;
    if ((status.st_mode & 07777U) != mine && ::chmod(file.c_str(), mine) != 0) refuse();
}

std::int64_t access_version(Database& database) {
    auto statement = database.prepare("PRAGMA user_version");
    auto query = statement.run();
    query.step();
    return query.integer(0);
}

/// What version 2 added. A grant that another one has asked for goes with it.
constexpr const char* kSecondVersion = R"sql(
ALTER TABLE device ADD COLUMN challenge TEXT;  -- of PKCE, where the device sent one
ALTER TABLE access_grant ADD COLUMN parent_id INTEGER REFERENCES access_grant (id) ON DELETE CASCADE;
CREATE INDEX access_grant_by_parent ON access_grant (parent_id);
)sql";

/// What version 3 added. An account belongs to whom a provider calls so, never to who has a name or
/// an address there: those change hands.
constexpr const char* kThirdVersion = R"sql(
CREATE TABLE openid_subject (
    user_id INTEGER PRIMARY KEY REFERENCES user (id) ON DELETE CASCADE,
    issuer  TEXT NOT NULL,
    subject TEXT NOT NULL,
    UNIQUE (issuer, subject)
);
-- A grant without tokens of its own, for what a client asked for with those of a provider.
ALTER TABLE access_grant ADD COLUMN openid_client TEXT;
CREATE UNIQUE INDEX access_grant_by_openid_client ON access_grant (user_id, openid_client)
    WHERE openid_client IS NOT NULL;
)sql";

void prepare_tables(Database& database) {
    Transaction transaction(database);
    const std::int64_t found = access_version(database);
    if (found > kAccessVersion)
        throw std::runtime_error(
            "access.db was written by a newer version of this program. Use that one.");
    if (found == 0) database.exec(kAccessSchema);
    if (found < 2) database.exec(kSecondVersion);
    if (found < kAccessVersion) {
        database.exec(kThirdVersion);
        database.exec("PRAGMA user_version = " + std::to_string(kAccessVersion));
    }
    transaction.commit();
}

}  // namespace

AccessStore::AccessStore(std::filesystem::path file) : file_(std::move(file)) {
    make_private(file_);
    told([&] {
        (void)current(writer_);
        (void)current(reader_);
        return true;
    });
}

AccessStore::FileIdentity AccessStore::identity() const {
    struct stat status {};
    if (::stat(file_.c_str(), &status) != 0)
        throw AccessTrouble(file_.string() +
                            " is gone. Put it back, or start the server again: it makes a new one, "
                            "without users and tokens.");
    return {static_cast<std::uint64_t>(status.st_dev), static_cast<std::uint64_t>(status.st_ino)};
}

Database& AccessStore::current(Connection& connection) {
    const FileIdentity found = identity();
    if (connection.database && connection.file == found) return *connection.database;
    // The log at that name is the new file's by now.
    if (connection.database) connection.database->leave_log_on_close();
    connection.database.reset();
    make_private(file_);
    auto database = std::make_unique<Database>(file_, Database::Mode::read_write_create);
    if (access_version(*database) != kAccessVersion) prepare_tables(*database);
    database->exec(connection.pragmas);
    connection.database = std::move(database);
    connection.file = found;
    return *connection.database;
}

void AccessStore::throw_trouble(const DatabaseError& problem) const {
    if (!problem.is_trouble()) return;
    const std::string name = file_.string();
    if (problem.is_busy())
        throw AccessTrouble(name + " is locked by another program. Try again in a moment.");
    if (problem.is_full())
        throw AccessTrouble(name +
                            " cannot be written: there is no room on its disk. Free some space and "
                            "try again.");
    if (problem.is_corrupt())
        throw AccessTrouble(name +
                            " is damaged. Stop the server, put the file aside or restore it from a "
                            "backup, and start again: without it users and tokens are made anew. "
                            "Notes are not in it.");
    if (problem.is_read_only())
        throw AccessTrouble(name +
                            " cannot be written. Make it and its folder writable and try again.");
    throw AccessTrouble(name + " cannot be used: " + problem.what() +
                        ". Check its disk and permissions and try again.");
}

}  // namespace bm
