#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>

struct sqlite3;
struct sqlite3_stmt;

namespace bm {

/// SQLite refused. Thrown: a caller cannot choose here. `code` is SQLite's extended result code.
class DatabaseError : public std::runtime_error {
public:
    DatabaseError(const std::string& what, int code, int system_error = 0)
        : std::runtime_error(what), code_(code), system_error_(system_error) {}

    [[nodiscard]] int code() const noexcept { return code_; }
    [[nodiscard]] bool is_busy() const noexcept;
    [[nodiscard]] bool is_constraint() const noexcept;
    [[nodiscard]] bool is_corrupt() const noexcept;  ///< damaged, or not a database at all
    [[nodiscard]] bool is_full() const noexcept;
    [[nodiscard]] bool is_read_only() const noexcept;
    /// The machine is to blame (disk, lock, permission, memory) and not the statement.
    [[nodiscard]] bool is_trouble() const noexcept;
    /// The system's error behind it; 0 when none is known.
    [[nodiscard]] int system_error() const noexcept { return system_error_; }

private:
    int code_;
    int system_error_;
};

class Database;

/// One use of a prepared statement: binds left to right, steps, and resets itself at the end of its
/// life. Text columns are views that live until the next step().
class Query {
public:
    Query(Query&& other) noexcept;
    Query(const Query&) = delete;
    Query& operator=(const Query&) = delete;
    Query& operator=(Query&&) = delete;
    ~Query();

    Query& bind(std::int64_t value);
    Query& bind(int value) { return bind(static_cast<std::int64_t>(value)); }
    Query& bind(bool value) { return bind(static_cast<std::int64_t>(value)); }
    Query& bind(double value);
    Query& bind(std::string_view text);
    Query& bind(const char* text) { return bind(std::string_view(text)); }
    Query& bind(const std::string& text) { return bind(std::string_view(text)); }
    Query& bind_blob(std::span<const std::byte> bytes);
    Query& bind_blob(std::string_view bytes);
    Query& bind_null();
    template <class T>
    Query& bind(const std::optional<T>& value) {
        return value ? bind(*value) : bind_null();
    }

    /// True when there is a row.
    bool step();
    /// Runs a statement that gives no rows.
    void done();

    [[nodiscard]] bool is_null(int column) const;
    [[nodiscard]] std::int64_t integer(int column) const;
    [[nodiscard]] double real(int column) const;
    [[nodiscard]] std::string_view text(int column) const;
    [[nodiscard]] std::string_view blob(int column) const;  ///< raw bytes, same lifetime as text()
    [[nodiscard]] std::string string(int column) const { return std::string(text(column)); }
    [[nodiscard]] std::optional<std::string> optional_string(int column) const;
    [[nodiscard]] std::optional<std::int64_t> optional_integer(int column) const;

private:
    friend class Statement;
    Query(sqlite3_stmt* statement, sqlite3* database)
        : statement_(statement), database_(database) {}

    sqlite3_stmt* statement_;
    sqlite3* database_;
    int next_parameter_ = 1;
};

/// A statement that is compiled at its first use and kept. Bound to one Database, used by one
/// thread at a time, and by one Query at a time.
class Statement {
public:
    Statement(Database& database, std::string_view sql);
    Statement(Statement&&) noexcept;
    Statement(const Statement&) = delete;
    Statement& operator=(const Statement&) = delete;
    Statement& operator=(Statement&&) = delete;
    ~Statement();

    Query run();

private:
    Database* database_;
    std::string sql_;
    sqlite3_stmt* statement_ = nullptr;
};

/// One SQLite connection. One thread at a time.
class Database {
public:
    enum class Mode { read_write_create, read_only };

    /// Opens with WAL, synchronous NORMAL, foreign keys, a 10 s busy time-out. `:memory:` is the
    /// test double. SQL may call case_folded(text). Throws DatabaseError.
    Database(const std::filesystem::path& file, Mode mode);
    ~Database();
    Database(const Database&) = delete;
    Database& operator=(const Database&) = delete;

    /// Runs one or more statements without rows.
    void exec(const char* sql);
    void exec(const std::string& sql) { exec(sql.c_str()); }
    /// A statement for one use.
    Statement prepare(std::string_view sql) { return Statement(*this, sql); }

    [[nodiscard]] std::int64_t last_insert_id() const;
    [[nodiscard]] std::int64_t changes() const;
    /// Changes whenever another connection has committed.
    [[nodiscard]] std::int64_t data_version();
    [[nodiscard]] bool in_transaction() const;
    /// How many statements were started on this connection so far.
    [[nodiscard]] std::int64_t queries_run() const noexcept { return queries_run_; }
    /// Makes a running query of this connection end with an error; from any thread.
    void interrupt() noexcept;
    /// Closing will leave the write-ahead log as it is. SQLite finds that file by name: a
    /// connection whose database was replaced would remove the log of the new one.
    void leave_log_on_close() noexcept;
    /// Pages in the write-ahead log after the last commit of this connection.
    [[nodiscard]] int log_pages() const noexcept { return log_pages_; }
    /// Gives back the memory of pages that are kept for later reads.
    void release_memory() noexcept;
    /// Copies what it can from the log into the database, so that the log can begin anew. Keeps
    /// nobody waiting, and leaves what others still read or write.
    void checkpoint() noexcept;

private:
    friend class Statement;
    static int log_grew(void* self, sqlite3* handle, const char* schema, int pages) noexcept;

    sqlite3* handle_ = nullptr;
    int log_pages_ = 0;
    std::int64_t queries_run_ = 0;
    std::unique_ptr<Statement> data_version_;
};

/// Rolls back unless committed. Never throws in its destructor.
class Transaction {
public:
    /// BEGIN IMMEDIATE: waits for other writers up to the busy time-out, then throws.
    explicit Transaction(Database& database);
    ~Transaction();
    Transaction(const Transaction&) = delete;
    Transaction& operator=(const Transaction&) = delete;

    void commit();

private:
    Database& database_;
    bool open_ = true;
};

/// A consistent view for several reads: everything inside sees one state of the database.
class Snapshot {
public:
    explicit Snapshot(Database& database);
    ~Snapshot();
    Snapshot(const Snapshot&) = delete;
    Snapshot& operator=(const Snapshot&) = delete;

private:
    Database& database_;
};

}  // namespace bm
