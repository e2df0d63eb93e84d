#include "repository/database.hpp"

#include <chrono>
#include <new>
#include <thread>
#include <utility>

#include <sqlite3.h>

#include "markdown/text.hpp"

namespace bm {

namespace {

// How often a lock is tried: every millisecond at first, as most transactions are short and their
// writers leave only a moment between two of them; given up after ten seconds, however busy the
// machine is.
constexpr int kQuickTries = 1'000;
constexpr std::chrono::seconds kLongestWait{10};
constexpr std::chrono::milliseconds kQuickWait{1};
constexpr std::chrono::milliseconds kSlowWait{5};

int wait_for_lock(void* since, int tries) {
    auto& began = *static_cast<std::chrono::steady_clock::time_point*>(since);
    const auto now = std::chrono::steady_clock::now();
    if (tries == 0) began = now;
    if (now - began >= kLongestWait) return 0;
    std::this_thread::sleep_for(tries < kQuickTries ? kQuickWait : kSlowWait);
    return 1;
}

// Whoever commits beyond this copies the log into the database itself (64 MB, some 100 ms): Index
// does it much earlier on a thread of its own, but a bulk load can outrun that.
constexpr int kMostLogPages = 16'000;

// After a large transaction the log shrinks back to `journal_size_limit` when it begins anew.
constexpr const char* kPragmas =
    "PRAGMA foreign_keys=ON; PRAGMA synchronous=NORMAL; PRAGMA temp_store=MEMORY;"
    "PRAGMA cache_size=-8000; PRAGMA journal_size_limit=33554432;";

/// SQLite counts what it has allocated, under one lock for the whole process that every reader
/// would wait for. Nobody asks for the sums. Before the first database is opened.
void leave_memory_uncounted() {
    [[maybe_unused]] static const int done = sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
}

int primary(int code) { return code & 0xff; }

/// What just failed on `handle`, which may be null.
DatabaseError last_error(sqlite3* handle, const std::string& doing) {
    if (handle == nullptr) return {doing + ": out of memory", SQLITE_NOMEM};
    const int code = sqlite3_extended_errcode(handle);
    // SQLite remembers the system's last error for these alone.
    const bool is_of_system = primary(code) == SQLITE_IOERR || primary(code) == SQLITE_CANTOPEN;
    return {doing + ": " + sqlite3_errmsg(handle), code,
            is_of_system ? sqlite3_system_errno(handle) : 0};
}

[[noreturn]] void raise(sqlite3* handle, const std::string& doing) {
    throw last_error(handle, doing);
}

// SQLite's own lower() knows ASCII only.
void case_folded(sqlite3_context* context, int /*count*/, sqlite3_value** arguments) noexcept {
    const auto* text = reinterpret_cast<const char*>(sqlite3_value_text(arguments[0]));
    if (text == nullptr) return;  // NULL gives NULL
    const auto size = static_cast<std::size_t>(sqlite3_value_bytes(arguments[0]));
    try {
        const std::string folded = case_fold(std::string_view(text, size));
        sqlite3_result_text64(context, folded.data(), folded.size(), SQLITE_TRANSIENT, SQLITE_UTF8);
    } catch (const std::bad_alloc&) {
        sqlite3_result_error_nomem(context);
    }
}

}  // namespace

bool DatabaseError::is_busy() const noexcept {
    return primary(code_) == SQLITE_BUSY || primary(code_) == SQLITE_LOCKED;
}
bool DatabaseError::is_constraint() const noexcept { return primary(code_) == SQLITE_CONSTRAINT; }
bool DatabaseError::is_corrupt() const noexcept {
    return primary(code_) == SQLITE_CORRUPT || primary(code_) == SQLITE_NOTADB;
}
bool DatabaseError::is_full() const noexcept { return primary(code_) == SQLITE_FULL; }
bool DatabaseError::is_read_only() const noexcept {
    return primary(code_) == SQLITE_READONLY || primary(code_) == SQLITE_PERM;
}
bool DatabaseError::is_trouble() const noexcept {
    switch (primary(code_)) {
        case SQLITE_IOERR:
        case SQLITE_CANTOPEN:
        case SQLITE_NOMEM:
        case SQLITE_PROTOCOL:
        case SQLITE_NOLFS:
        case SQLITE_INTERRUPT:
            return true;
        default:
            return is_busy() || is_corrupt() || is_full() || is_read_only();
    }
}

Query::Query(Query&& other) noexcept
    : statement_(std::exchange(other.statement_, nullptr)),
      database_(other.database_),
      next_parameter_(other.next_parameter_) {}

Query::~Query() {
    if (statement_ == nullptr) return;
    sqlite3_reset(statement_);
    sqlite3_clear_bindings(statement_);
}

Query& Query::bind(std::int64_t value) {
    if (sqlite3_bind_int64(statement_, next_parameter_++, value) != SQLITE_OK)
        raise(database_, "bind");
    return *this;
}

Query& Query::bind(double value) {
    if (sqlite3_bind_double(statement_, next_parameter_++, value) != SQLITE_OK)
        raise(database_, "bind");
    return *this;
}

Query& Query::bind(std::string_view text) {
    // A null pointer would bind NULL; an empty view is the empty text.
    const char* bytes = text.data() == nullptr ? "" : text.data();
    if (sqlite3_bind_text64(statement_, next_parameter_++, bytes, text.size(), SQLITE_TRANSIENT,
                            SQLITE_UTF8) != SQLITE_OK) {
        raise(database_, "bind");
    }
    return *this;
}

Query& Query::bind_blob(std::span<const std::byte> bytes) {
    const void* start = bytes.empty() ? static_cast<const void*>("") : bytes.data();
    if (sqlite3_bind_blob64(statement_, next_parameter_++, start, bytes.size(), SQLITE_TRANSIENT) !=
        SQLITE_OK) {
        raise(database_, "bind");
    }
    return *this;
}

Query& Query::bind_blob(std::string_view bytes) {
    return bind_blob(std::as_bytes(std::span(bytes)));
}

Query& Query::bind_null() {
    if (sqlite3_bind_null(statement_, next_parameter_++) != SQLITE_OK) raise(database_, "bind");
    return *this;
}

bool Query::step() {
    const int code = sqlite3_step(statement_);
    if (code == SQLITE_ROW) return true;
    if (code == SQLITE_DONE) return false;
    raise(database_, "query");
}

void Query::done() {
    while (step()) {
    }
}

bool Query::is_null(int column) const {
    return sqlite3_column_type(statement_, column) == SQLITE_NULL;
}

std::int64_t Query::integer(int column) const { return sqlite3_column_int64(statement_, column); }

double Query::real(int column) const { return sqlite3_column_double(statement_, column); }

std::string_view Query::text(int column) const {
    const auto* start = reinterpret_cast<const char*>(sqlite3_column_text(statement_, column));
    return start == nullptr
               ? std::string_view()
               : std::string_view(
                     start, static_cast<std::size_t>(sqlite3_column_bytes(statement_, column)));
}

std::string_view Query::blob(int column) const {
    const auto* start = static_cast<const char*>(sqlite3_column_blob(statement_, column));
    return start == nullptr
               ? std::string_view()
               : std::string_view(
                     start, static_cast<std::size_t>(sqlite3_column_bytes(statement_, column)));
}

std::optional<std::string> Query::optional_string(int column) const {
    if (is_null(column)) return std::nullopt;
    return string(column);
}

std::optional<std::int64_t> Query::optional_integer(int column) const {
    if (is_null(column)) return std::nullopt;
    return integer(column);
}

Statement::Statement(Database& database, std::string_view sql) : database_(&database), sql_(sql) {}

Statement::Statement(Statement&& other) noexcept
    : database_(other.database_),
      sql_(std::move(other.sql_)),
      statement_(std::exchange(other.statement_, nullptr)) {}

Statement::~Statement() { sqlite3_finalize(statement_); }

Query Statement::run() {
    if (statement_ == nullptr &&
        sqlite3_prepare_v3(database_->handle_, sql_.data(), static_cast<int>(sql_.size()),
                           SQLITE_PREPARE_PERSISTENT, &statement_, nullptr) != SQLITE_OK) {
        raise(database_->handle_, "prepare `" + sql_ + "`");
    }
    ++database_->queries_run_;
    return {statement_, database_->handle_};
}

Database::Database(const std::filesystem::path& file, Mode mode) {
    leave_memory_uncounted();
    const int flags = (mode == Mode::read_only ? SQLITE_OPEN_READONLY
                                               : SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE) |
                      SQLITE_OPEN_NOMUTEX;
    if (sqlite3_open_v2(file.c_str(), &handle_, flags, nullptr) != SQLITE_OK) {
        const DatabaseError error = last_error(handle_, "cannot open " + file.string());
        sqlite3_close(handle_);
        throw error;
    }
    sqlite3_extended_result_codes(handle_, 1);
    sqlite3_busy_handler(handle_, wait_for_lock, &waits_since_);
    sqlite3_wal_hook(handle_, log_grew, this);
    try {
        if (sqlite3_create_function_v2(handle_, "case_folded", 1,
                                       SQLITE_UTF8 | SQLITE_DETERMINISTIC, nullptr, case_folded,
                                       nullptr, nullptr, nullptr) != SQLITE_OK) {
            raise(handle_, "define case_folded");
        }
        exec(kPragmas);
        if (mode == Mode::read_write_create) exec("PRAGMA journal_mode=WAL;");
    } catch (...) {
        // The destructor of a half-built object does not run; the handle would leak.
        sqlite3_close(handle_);
        throw;
    }
}

Database::~Database() {
    data_version_.reset();
    sqlite3_close(handle_);
}

void Database::exec(const char* sql) {
    if (sqlite3_exec(handle_, sql, nullptr, nullptr, nullptr) != SQLITE_OK) {
        raise(handle_, std::string("run `") + sql + "`");
    }
}

std::int64_t Database::last_insert_id() const { return sqlite3_last_insert_rowid(handle_); }

std::int64_t Database::changes() const { return sqlite3_changes64(handle_); }

std::int64_t Database::data_version() {
    if (!data_version_) data_version_ = std::make_unique<Statement>(*this, "PRAGMA data_version");
    auto query = data_version_->run();
    query.step();
    return query.integer(0);
}

bool Database::in_transaction() const { return sqlite3_get_autocommit(handle_) == 0; }

void Database::interrupt() noexcept { sqlite3_interrupt(handle_); }

void Database::leave_log_on_close() noexcept {
    sqlite3_db_config(handle_, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr);
}

int Database::log_grew(void* self, sqlite3* /*handle*/, const char* /*schema*/,
                       int pages) noexcept {
    auto* database = static_cast<Database*>(self);
    database->log_pages_ = pages;
    if (pages >= kMostLogPages) database->checkpoint();
    return SQLITE_OK;
}

void Database::release_memory() noexcept { sqlite3_db_release_memory(handle_); }

void Database::checkpoint() noexcept {
    // A checkpoint that fails is repeated after the next commit or at the next opening.
    sqlite3_wal_checkpoint_v2(handle_, nullptr, SQLITE_CHECKPOINT_PASSIVE, nullptr, nullptr);
}

Transaction::Transaction(Database& database) : database_(database) {
    database_.exec("BEGIN IMMEDIATE");
}

Transaction::~Transaction() {
    if (!open_) return;
    try {
        // SQLite has rolled back by itself after some errors (disk full, I/O).
        if (database_.in_transaction()) database_.exec("ROLLBACK");
    } catch (const DatabaseError&) {
        // Nothing left to undo with: closing the connection rolls back.
    }
}

void Transaction::commit() {
    database_.exec("COMMIT");
    open_ = false;
}

Snapshot::Snapshot(Database& database) : database_(database) { database_.exec("BEGIN"); }

Snapshot::~Snapshot() {
    try {
        if (database_.in_transaction()) database_.exec("COMMIT");
    } catch (const DatabaseError&) {
        // A read transaction holds nothing that could be lost.
    }
}

}  // namespace bm
