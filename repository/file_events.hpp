#pragma once

#include <compare>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace bm {

/// Who asked to be told; chosen by the caller, one for each root or name.
struct WatchId {
    int value;
    friend auto operator<=>(const WatchId&, const WatchId&) = default;
};

/// That something may have changed. What it is now, only a look at the disk tells.
struct FileEvent {
    enum class Kind {
        changed,  ///< the file of that name: new, written, replaced, renamed, gone, permissions
        growing,  ///< the file is written to by somebody who keeps it open
        tree_changed,  ///< the folder and everything below it; "" for the whole root
        root_gone,     ///< removed, renamed or unmounted; nothing more comes from this root
        uncovered,     ///< the system's limit is reached; nothing more comes from this root or name
        lost,          ///< events were dropped: anything may have changed below this root
    };
    Kind kind;
    WatchId watch;
    std::string path;  ///< relative to the root

    friend bool operator==(const FileEvent&, const FileEvent&) = default;
};

/// How much of what happens below a root will be told.
enum class Coverage {
    complete,
    local,      ///< a file system of several machines: only what this one does
    none_left,  ///< nothing: the system lets no more folders be watched, or no more files be open
    missing,    ///< nothing: there is no such folder, or nobody may look
};

/// True for what its owner does not want to hear of. Nothing below such a folder is watched.
using IgnoresPath = std::function<bool(std::string_view path, bool is_folder)>;

/// A port: tells what happens to files. One thread, but for what `descriptor` is polled with.
class FileEvents {
public:
    FileEvents() = default;
    virtual ~FileEvents() = default;
    FileEvents(const FileEvents&) = delete;
    FileEvents& operator=(const FileEvents&) = delete;

    /// Readable when read() has something to say.
    [[nodiscard]] virtual int descriptor() const noexcept = 0;
    /// Whatever has happened since the last time; never waits.
    virtual std::vector<FileEvent> read() = 0;

    /// Everything below a folder. What changes after this returns will be told.
    virtual Coverage add_root(WatchId watch, const std::filesystem::path& folder,
                              IgnoresPath ignores) = 0;
    /// One name, whether it exists or not: `changed` with an empty path when a file or folder of
    /// that name comes, goes, is replaced, gets other permissions, or is closed by somebody who
    /// could write to it; the same when the name leads elsewhere because a folder above it was
    /// renamed or a symbolic link on the way to it replaced. False when that cannot be told.
    virtual bool add_name(WatchId watch, const std::filesystem::path& path) = 0;
    /// A root or a name; unknown ones are no mistake.
    virtual void remove(WatchId watch) = 0;
};

/// The implementation of this system; null when it refuses to give us one.
std::unique_ptr<FileEvents> open_file_events();

}  // namespace bm
