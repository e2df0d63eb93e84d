#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <mutex>
#include <stdexcept>
#include <utility>

#include "repository/clock.hpp"
#include "repository/database.hpp"

namespace bm {

/// A moment as access.db stores it: seconds since 1970.
using Seconds = std::int64_t;
[[nodiscard]] inline Seconds seconds_of(Timestamp at) noexcept {
    return std::chrono::floor<std::chrono::seconds>(at).time_since_epoch().count();
}

constexpr Seconds kMinute = 60;
constexpr Seconds kHour = 60 * kMinute;
constexpr Seconds kDay = 24 * kHour;

constexpr Seconds kConsentLife = 180 * kDay;

/// access.db cannot be used now: locked, damaged, gone, no room on its disk. The message names the
/// file and the way out; it is for the console and the log, not for strangers.
class AccessTrouble : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

/// Who may call: accounts, clients, consents and the digests of secrets, in a file of its own that
/// only its owner can read; the index may be deleted at any time, this must not. Several processes
/// may have it open, and each sees what another has committed at once; where the file is replaced,
/// as by a restored backup, the new one counts from the next call on. Readers never wait for
/// writers. Safe to use from several threads. Methods throw AccessTrouble when the machine is to
/// blame, DatabaseError for faults of ours.
class AccessStore {
public:
    /// Makes the file and its folder where they are missing.
    explicit AccessStore(std::filesystem::path file);
    AccessStore(const AccessStore&) = delete;
    AccessStore& operator=(const AccessStore&) = delete;

    /// One consistent state for all that `work` reads.
    template <class Work>
    auto read(Work&& work) {
        return told([&] {
            const std::scoped_lock lock(reader_.mutex);
            Database& database = current(reader_);
            const Snapshot snapshot(database);
            return std::forward<Work>(work)(database);
        });
    }

    /// All that `work` changes, or nothing of it when it throws.
    template <class Work>
    auto write(Work&& work) {
        return told([&] { return written(writer_, std::forward<Work>(work)); });
    }

    /// A change that may be lost: nobody waits for it, neither for another writer nor for the disk.
    /// False when it was left out.
    template <class Work>
    bool note(Work&& work) {
        try {
            const std::unique_lock lock(noter_.mutex, std::try_to_lock);
            if (!lock.owns_lock()) return false;
            Database& database = current(noter_);
            Transaction transaction(database);
            std::forward<Work>(work)(database);
            transaction.commit();
            return true;
        } catch (const DatabaseError&) {
            return false;
        } catch (const AccessTrouble&) {
            return false;
        }
    }

private:
    struct FileIdentity {
        std::uint64_t device = 0;
        std::uint64_t inode = 0;
        friend bool operator==(const FileIdentity&, const FileIdentity&) = default;
    };
    struct Connection {
        const char* pragmas;
        std::mutex mutex;
        std::unique_ptr<Database> database;
        FileIdentity file;
    };

    template <class Work>
    auto written(Connection& connection, Work&& work) {
        const std::scoped_lock lock(connection.mutex);
        Database& database = current(connection);
        Transaction transaction(database);
        auto result = std::forward<Work>(work)(database);
        transaction.commit();
        return result;
    }
    /// Tells trouble with the machine as AccessTrouble.
    template <class Work>
    auto told(Work&& work) {
        try {
            return std::forward<Work>(work)();
        } catch (const DatabaseError& problem) {
            throw_trouble(problem);
            throw;
        }
    }
    void throw_trouble(const DatabaseError& problem) const;
    /// The connection to the file that is at the path now. Its lock is held.
    Database& current(Connection& connection);
    [[nodiscard]] FileIdentity identity() const;

    std::filesystem::path file_;
    // What was revoked must not come back with the power.
    Connection writer_{"PRAGMA synchronous = FULL", {}, {}, {}};
    Connection reader_{"PRAGMA query_only = ON", {}, {}, {}};
    Connection noter_{"PRAGMA busy_timeout = 0", {}, {}, {}};
};

}  // namespace bm
