#include "cloud/sync_lock.hpp"

#include <charconv>
#include <csignal>
#include <fstream>
#include <iterator>
#include <system_error>

#include <nlohmann/json.hpp>
#include <unistd.h>

#include "markdown/text.hpp"

namespace bm {

namespace fs = std::filesystem;

namespace {

using LockJson = nlohmann::json;

std::string bytes_of(const fs::path& file) {
    std::ifstream in(file, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

SyncLockHolder holder_in(const fs::path& file) {
    const LockJson object = LockJson::parse(bytes_of(file), nullptr, false);
    SyncLockHolder holder;
    if (!object.is_object()) return holder;
    holder.pid = object.value("pid", 0);
    holder.command = object.value("command", "");
    holder.started_at = object.value("started_at", "");
    return holder;
}

}  // namespace

CloudResult<SyncLock> SyncLock::take(const fs::path& file, const std::string& command,
                                     const std::string& now) {
    try {
        auto lock = FileLock::try_acquire(file);
        if (!lock) {
            const int pid = holder_in(file).pid;
            return cloud_fail(CloudFault::locked,
                              "Sync already running (PID " + std::to_string(pid) + ")",
                              "Wait until it is done.");
        }
        // In place: another file under this name would not be the one that is locked.
        std::ofstream(file, std::ios::binary | std::ios::trunc)
            << LockJson{{"pid", ::getpid()}, {"started_at", now}, {"command", command}}.dump()
            << '\n';
        return SyncLock(*std::move(lock));
    } catch (const std::system_error& problem) {
        return cloud_fail(CloudFault::local_io, problem.what());
    }
}

std::optional<SyncLockHolder> sync_lock_holder(const fs::path& file) {
    std::error_code ignored;
    if (!fs::exists(file, ignored)) return std::nullopt;
    try {
        if (FileLock::try_acquire(file)) return std::nullopt;
    } catch (const std::system_error&) {
        return std::nullopt;
    }
    return holder_in(file);
}

bool is_running_rclone(int pid) {
    if (pid <= 1 || (::kill(pid, 0) != 0 && errno == ESRCH)) return false;
    const std::string name = bytes_of("/proc/" + std::to_string(pid) + "/comm");
    return name.starts_with("rclone");
}

std::optional<int> rclone_lock_pid(const fs::path& file) {
    const std::string text = bytes_of(file);
    const LockJson object = LockJson::parse(text, nullptr, false);
    std::string digits;
    if (object.is_object() && object.contains("PID")) {
        const auto& pid = object["PID"];
        digits = pid.is_string() ? pid.get<std::string>() : pid.dump();
    } else {
        digits = std::string(trim(text));
    }
    int pid = 0;
    const auto [end, problem] = std::from_chars(digits.data(), digits.data() + digits.size(), pid);
    if (problem != std::errc{} || end != digits.data() + digits.size()) return std::nullopt;
    return pid;
}

}  // namespace bm
