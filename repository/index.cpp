#include "repository/index.hpp"

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <optional>
#include <string>
#include <system_error>

#include <fcntl.h>
#include <sys/stat.h>

#include "repository/clock.hpp"
#include "repository/descriptor.hpp"
#include "repository/file_lock.hpp"
#include "repository/schema.hpp"

namespace bm {

namespace fs = std::filesystem;

namespace {

// As many as work at the same time on a usual machine; more are opened when needed and closed
// again.
constexpr std::size_t kKeptConnections = 8;
// A database that keeps being replaced while it is opened is another program's doing.
constexpr int kMaxOpenAttempts = 5;

// With 24 MB in the write-ahead log it is time to copy it into the database. That takes the disk
// some 20 ms, which no writer shall wait for.
constexpr int kManyLogPages = 6'000;

// SQLite keeps these beside a database, by name.
constexpr const char* kCompanions[] = {"", "-wal", "-shm"};

/// None when there is no such file, nor anything that could become one.
std::optional<FileIdentity> identity_of(const fs::path& file) {
    struct stat seen {};
    if (::stat(file.c_str(), &seen) != 0) return std::nullopt;
    // Nobody can open it: what has the name of the index gets out of the way.
    if (S_ISDIR(seen.st_mode)) return std::nullopt;
    return FileIdentity{seen.st_dev, seen.st_ino};
}

fs::path with_suffix(const fs::path& file, std::string_view suffix) {
    fs::path named = file;
    named += suffix;
    return named;
}

fs::path lock_file(const fs::path& file) { return with_suffix(file, ".lock"); }

/// `.broken-20261122T062840`, not taken yet.
std::string free_suffix(const fs::path& file) {
    std::string time = iso8601_utc(system_now()).substr(0, 19);
    std::erase_if(time, [](char c) { return c == '-' || c == ':'; });
    std::string suffix = ".broken-" + time;
    for (int number = 1; fs::exists(with_suffix(file, suffix)); ++number) {
        suffix = ".broken-" + time + '-' + std::to_string(number);
    }
    return suffix;
}

/// Damaged databases of earlier times: one is enough to find out what went wrong.
void remove_older_broken(const fs::path& file) {
    const std::string prefix = file.filename().string() + ".broken-";
    std::error_code ignored;
    std::vector<fs::path> older;
    for (fs::directory_iterator entry(file.parent_path(), ignored), end; !ignored && entry != end;
         entry.increment(ignored)) {
        if (entry->path().filename().string().starts_with(prefix)) older.push_back(entry->path());
    }
    for (const auto& path : older) fs::remove(path, ignored);
}

void make_private_folder(const fs::path& folder) {
    if (folder.empty() || fs::exists(folder)) return;
    if (folder.has_parent_path()) fs::create_directories(folder.parent_path());
    if (::mkdir(folder.c_str(), 0700) != 0 && errno != EEXIST) {
        throw std::system_error(errno, std::generic_category(), "cannot make " + folder.string());
    }
}

/// SQLite would make the file with the modes that the umask leaves.
void make_private_file(const fs::path& file) {
    const Descriptor made(::open(file.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
    if (!made) {
        throw std::system_error(errno, std::generic_category(), "cannot make " + file.string());
    }
}

}  // namespace

Tables::Tables(const fs::path& file, Database::Mode mode)
    : database(file, mode),
      entities(database),
      graph(database),
      projects(database),
      text(database),
      search(database, text),
      context(database),
      activity(database),
      directories(database),
      statistics(database) {}

struct Index::Pool {
    std::mutex mutex;
    std::vector<std::unique_ptr<Tables>> idle;
    std::optional<FileIdentity> identity;  // of the database that `idle` are on
    std::optional<FileIdentity> damaged;
    std::atomic<bool> rebuilt = false;
};

Index::Index(fs::path file, Log log)
    : file_(std::move(file)),
      log_(std::move(log)),
      pool_(std::make_unique<Pool>()),
      log_emptier_([this] { empty_log(); }) {}

Index::~Index() {
    log_emptier_.finish();
    // Whoever closes the last connection tidies the log away. That must not happen while somebody
    // replaces the database, nor to the log of the new one.
    std::optional<FileLock> lock;
    try {
        if (!pool_->idle.empty()) lock = FileLock::try_acquire(lock_file(file_));
    } catch (const std::system_error&) {
        // Without the lock the log stays, and the next opening reads it.
    }
    const auto identity = identity_of(file_);
    for (auto& tables : pool_->idle) {
        if (!lock || identity != tables->identity) tables->database.leave_log_on_close();
        tables.reset();
    }
}

void Index::after_commit(const Tables& tables) {
    if (tables.database.log_pages() >= kManyLogPages) log_emptier_.ask();
}

void Index::empty_log() noexcept {
    try {
        const Lease lease(*this);
        lease->database.checkpoint();
    } catch (const std::exception& problem) {
        // The log grows a little more; the next commit asks again.
        log_(LogLevel::warning, std::string("cannot tidy the log of the index: ") + problem.what());
    }
}

void Index::replace() {
    make_private_folder(file_.parent_path());
    const auto lock = FileLock::acquire(lock_file(file_));
    replace_database();
}

void Index::release_memory() noexcept {
    const std::scoped_lock lock(pool_->mutex);
    for (const auto& tables : pool_->idle) tables->database.release_memory();
}

bool Index::was_rebuilt() const noexcept { return pool_->rebuilt; }

std::unique_ptr<Tables> Index::borrow() {
    const auto identity = identity_of(file_);
    std::vector<std::unique_ptr<Tables>> stale;
    std::unique_ptr<Tables> found;
    {
        const std::scoped_lock lock(pool_->mutex);
        const bool usable = identity && identity != pool_->damaged;
        while (!found && !pool_->idle.empty()) {
            auto tables = std::move(pool_->idle.back());
            pool_->idle.pop_back();
            // One that was out while the database was replaced may have come back since.
            if (usable && tables->identity == *identity) {
                found = std::move(tables);
            } else {
                stale.push_back(std::move(tables));
            }
        }
    }
    for (auto& tables : stale) tables->database.leave_log_on_close();
    return found ? std::move(found) : open();
}

void Index::give_back(std::unique_ptr<Tables> tables) noexcept {
    const std::scoped_lock lock(pool_->mutex);
    const bool usable = tables->identity == pool_->identity && tables->identity != pool_->damaged;
    if (usable && pool_->idle.size() < kKeptConnections) {
        pool_->idle.push_back(std::move(tables));  // never allocates, see open()
        return;
    }
    tables->database.leave_log_on_close();
}

void Index::note_damage(const Tables& tables, const DatabaseError& error) {
    log_(LogLevel::error, std::string("the index is damaged: ") + error.what());
    const std::scoped_lock lock(pool_->mutex);
    pool_->damaged = tables.identity;
}

std::unique_ptr<Tables> Index::open() {
    for (int attempt = 0; attempt < kMaxOpenAttempts; ++attempt) {
        if (auto tables = open_existing()) return tables;
        make_private_folder(file_.parent_path());
        const auto lock = FileLock::acquire(lock_file(file_));
        // Somebody else may have replaced it while we waited.
        if (auto tables = open_existing()) return tables;
        replace_database();
    }
    throw DatabaseError("the index " + file_.string() + " cannot be opened", 0);
}

/// None when there is no database, or not one that can be used.
std::unique_ptr<Tables> Index::open_existing() {
    const auto identity = identity_of(file_);
    if (!identity) return nullptr;
    {
        const std::scoped_lock lock(pool_->mutex);
        if (identity == pool_->damaged) return nullptr;
    }
    try {
        auto tables = std::make_unique<Tables>(file_, Database::Mode::read_write_create);
        const SchemaState state = prepare_schema(tables->database);
        if (state == SchemaState::foreign || identity_of(file_) != identity) {
            tables->database.leave_log_on_close();
            return nullptr;
        }
        if (state == SchemaState::created) pool_->rebuilt = true;
        tables->identity = *identity;
        const std::scoped_lock lock(pool_->mutex);
        pool_->identity = *identity;
        pool_->idle.reserve(kKeptConnections);
        return tables;
    } catch (const DatabaseError& error) {
        if (!error.is_corrupt()) throw;
        log_(LogLevel::error, std::string("the index is damaged: ") + error.what());
        return nullptr;
    }
}

/// Puts an empty database in the place of what is there, whole from the first moment. The caller
/// holds the lock.
void Index::replace_database() {
    const fs::path fresh = with_suffix(file_, ".new");
    for (const char* companion : kCompanions) fs::remove(with_suffix(fresh, companion));
    make_private_file(fresh);
    {
        Database database(fresh, Database::Mode::read_write_create);
        prepare_schema(database);
    }
    if (fs::exists(file_)) {
        remove_older_broken(file_);
        const std::string suffix = free_suffix(file_);
        log_(LogLevel::warning, "the index is made anew from the files; the old one is kept as " +
                                    with_suffix(file_, suffix).string());
        for (const char* companion : kCompanions) {
            std::error_code missing;
            fs::rename(with_suffix(file_, companion),
                       with_suffix(with_suffix(file_, suffix), companion), missing);
        }
    }
    // A log without its database, which somebody removed, would be played into the new one.
    for (const char* companion : {"-wal", "-shm"}) fs::remove(with_suffix(file_, companion));
    fs::rename(fresh, file_);
    pool_->rebuilt = true;
}

}  // namespace bm
