#pragma once

#include <chrono>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <string_view>
#include <vector>

#include "cloud/program_run.hpp"
#include "repository/file_events.hpp"

namespace bm {

/// When a change here is answered.
struct ChangePauses {
    std::chrono::milliseconds quiet = std::chrono::seconds(2);   ///< since the last change
    std::chrono::milliseconds least = std::chrono::seconds(10);  ///< since the wait began
};

/// Hears of files that change in folders that are kept in step. One thread.
class LocalChanges {
public:
    /// Without `events` nothing is heard.
    explicit LocalChanges(std::unique_ptr<FileEvents> events) : events_(std::move(events)) {}

    using Excludes = std::function<bool(std::string_view path)>;
    /// From now on these folders and no others. False when one of them cannot be watched.
    bool watch(const std::vector<std::filesystem::path>& folders, const Excludes& excludes);

    enum class Woken { time, change, stop };
    /// Waits until a change has been quiet for long enough, time is up, or somebody asks to stop.
    /// What changed before the call counts.
    Woken wait(std::chrono::milliseconds longest, const StopRequest& stop,
               const ChangePauses& pauses = {});

private:
    /// Whether something has changed since the last look.
    bool has_news();

    std::unique_ptr<FileEvents> events_;
    std::map<std::filesystem::path, WatchId> watched_;
    int next_ = 1;
};

}  // namespace bm
