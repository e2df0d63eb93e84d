#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <mutex>
#include <type_traits>
#include <utility>
#include <vector>

#include "repository/activity_repository.hpp"
#include "repository/background_task.hpp"
#include "repository/context_repository.hpp"
#include "repository/database.hpp"
#include "repository/directory_repository.hpp"
#include "repository/entity_repository.hpp"
#include "repository/graph_repository.hpp"
#include "repository/log.hpp"
#include "repository/project_repository.hpp"
#include "repository/search_repository.hpp"
#include "repository/statistics_repository.hpp"
#include "repository/text_index.hpp"

namespace bm {

/// Which file a name stood for: a replaced one has another identity.
struct FileIdentity {
    std::uint64_t device = 0;
    std::uint64_t inode = 0;
    friend bool operator==(const FileIdentity&, const FileIdentity&) = default;
};

/// All repositories over one connection. Statements are prepared at first use.
struct Tables {
    Tables(const std::filesystem::path& file, Database::Mode mode);

    FileIdentity identity;  ///< of the database that the connection is on
    Database database;
    EntityRepository entities;
    GraphRepository graph;
    ProjectRepository projects;
    TextIndex text;
    SearchRepository search;
    ContextRepository context;
    ActivityRepository activity;
    DirectoryRepository directories;
    StatisticsRepository statistics;
};

/// The one index of all projects, shared by every thread and by several processes. Opens
/// connections when they are needed and keeps a few. A missing, damaged or foreign database is
/// replaced by an empty one (the files are the truth) and `was_rebuilt` says so; what was there is
/// kept beside it, once. Other processes notice the new file at their next use.
class Index {
public:
    Index(std::filesystem::path file, Log log);
    ~Index();
    Index(const Index&) = delete;
    Index& operator=(const Index&) = delete;

    /// Work(Tables&) sees one consistent state. Many at once.
    template <class Work>
    auto read(Work&& work) {
        const Lease lease(*this);
        return watched(*lease, [&] {
            const Snapshot snapshot(lease->database);
            return std::forward<Work>(work)(*lease);
        });
    }

    /// Work(Tables&) runs in one transaction that is committed when it returns and rolled back when
    /// it throws. One at a time over all threads and processes. No file I/O inside, please.
    template <class Work>
    auto write(Work&& work) {
        const std::scoped_lock lock(write_mutex_);
        const Lease lease(*this);
        return watched(*lease, [&] {
            Transaction transaction(lease->database);
            if constexpr (std::is_void_v<decltype(work(*lease))>) {
                std::forward<Work>(work)(*lease);
                transaction.commit();
                after_commit(*lease);
            } else {
                auto result = std::forward<Work>(work)(*lease);
                transaction.commit();
                after_commit(*lease);
                return result;
            }
        });
    }

    /// Puts an empty database in the place of what is there, which is kept beside it. For a database
    /// that cannot be used and does not say so by itself.
    void replace();

    /// Gives back what connections that nobody uses remember of the database: after large work, for
    /// a process that will idle.
    void release_memory() noexcept;
    [[nodiscard]] const std::filesystem::path& file() const noexcept { return file_; }
    /// True when the database was made anew in this process: every project needs a scan.
    [[nodiscard]] bool was_rebuilt() const noexcept;

private:
    class Lease {
    public:
        explicit Lease(Index& index) : index_(index), tables_(index.borrow()) {}
        ~Lease() { index_.give_back(std::move(tables_)); }
        Lease(const Lease&) = delete;
        Lease& operator=(const Lease&) = delete;
        Tables* operator->() const { return tables_.get(); }
        Tables& operator*() const { return *tables_; }

    private:
        Index& index_;
        std::unique_ptr<Tables> tables_;
    };

    /// Damage that SQLite finds while we work makes the next use start with a new database.
    template <class Work>
    auto watched(const Tables& tables, Work&& work) {
        try {
            return std::forward<Work>(work)();
        } catch (const DatabaseError& error) {
            if (error.is_corrupt()) note_damage(tables, error);
            throw;
        }
    }

    void after_commit(const Tables& tables);
    void empty_log() noexcept;
    std::unique_ptr<Tables> borrow();
    void give_back(std::unique_ptr<Tables> tables) noexcept;
    void note_damage(const Tables& tables, const DatabaseError& error);
    std::unique_ptr<Tables> open();
    std::unique_ptr<Tables> open_existing();
    void replace_database();

    std::filesystem::path file_;
    Log log_;
    std::mutex write_mutex_;
    struct Pool;
    std::unique_ptr<Pool> pool_;
    BackgroundTask log_emptier_;
};

}  // namespace bm
