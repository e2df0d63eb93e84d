#pragma once

#include <chrono>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "cloud/file_set.hpp"
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

    struct Folder {
        std::filesystem::path path;
        std::string rules = {};  ///< what `excludes` goes by, as text: other rules, another watch
        std::function<bool(std::string_view path)> excludes = {};
    };
    /// From now on these folders and no others. False when one of them cannot be watched.
    bool watch(const std::vector<Folder>& folders);

    /// What both sides agreed on last, by the folder that is watched.
    using Agreed = std::map<std::filesystem::path, FileSet>;
    /// What has changed until now is no news where it is as both sides agreed: a sync has written
    /// or sent it. `agreed` is asked for when something has changed.
    void pass_over(const std::function<Agreed()>& agreed);

    enum class Woken { time, change, stop };
    /// Waits until a change has been quiet for long enough, time is up, or somebody asks to stop.
    /// What changed before the call counts.
    Woken wait(std::chrono::milliseconds longest, const StopRequest& stop,
               const ChangePauses& pauses = {});

private:
    struct Watched {
        WatchId id;
        std::string rules;
        std::function<bool(std::string_view path)> excludes;
    };

    /// Whether something has changed since the last look.
    bool has_news();
    /// The next call of watch() tries again where one is over.
    void note_end(const FileEvent& event);
    [[nodiscard]] bool is_agreed(const FileEvent& event, const Agreed& agreed) const;

    std::unique_ptr<FileEvents> events_;
    std::map<std::filesystem::path, Watched> watched_;
    bool has_waiting_news_ = false;
    int next_ = 1;
};

}  // namespace bm
