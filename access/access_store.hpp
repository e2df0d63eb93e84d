#pragma once

#include <cstdint>
#include <filesystem>
#include <mutex>
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

/// Who may call: accounts, clients, consents and the digests of secrets, in a file of its own that
/// only its owner can read; the index may be deleted at any time, this must not. Several processes
/// may have it open, and each sees what another has committed at once. Safe to use from several
/// threads. Methods throw DatabaseError when SQLite refuses.
class AccessStore {
public:
    /// Makes the file and its folder where they are missing.
    explicit AccessStore(const std::filesystem::path& file);
    AccessStore(const AccessStore&) = delete;
    AccessStore& operator=(const AccessStore&) = delete;

    /// One consistent state for all that `work` reads.
    template <class Work>
    auto read(Work&& work) {
        const std::scoped_lock lock(mutex_);
        const Snapshot snapshot(database_);
        return std::forward<Work>(work)(database_);
    }

    /// All that `work` changes, or nothing of it when it throws.
    template <class Work>
    auto write(Work&& work) {
        const std::scoped_lock lock(mutex_);
        Transaction transaction(database_);
        auto result = std::forward<Work>(work)(database_);
        transaction.commit();
        return result;
    }

    /// Removes what has expired, clients that never finished a login within a day, and those that
    /// nobody used for 90 days. How many rows went.
    std::int64_t prune(Seconds now);

private:
    std::mutex mutex_;
    Database database_;
};

}  // namespace bm
