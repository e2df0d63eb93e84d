#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "cloud/cloud_failure.hpp"
#include "repository/file_lock.hpp"

namespace bm {

/// Who holds the lock, for people and for status.
struct SyncLockHolder {
    int pid = 0;
    std::string command;
    std::string started_at;
};

/// One command at a time writes to the cloud or to the memory of a scope. Dies with the process.
class SyncLock {
public:
    /// Fault::locked with the holder's process id when somebody else has it.
    static CloudResult<SyncLock> take(const std::filesystem::path& file, const std::string& command,
                                      const std::string& now);

private:
    explicit SyncLock(FileLock lock) : lock_(std::move(lock)) {}
    FileLock lock_;
};

/// None when nobody holds it.
std::optional<SyncLockHolder> sync_lock_holder(const std::filesystem::path& file);

/// Whether this process runs and is rclone.
bool is_running_rclone(int pid);

/// The process in a lock file of rclone: JSON, or a number alone in old versions; none else.
std::optional<int> rclone_lock_pid(const std::filesystem::path& file);

}  // namespace bm
