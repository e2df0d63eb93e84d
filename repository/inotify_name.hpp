#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

#include "repository/inotify_queue.hpp"

namespace bm {

/// The watches of one name: of the folder where it is or would be, or the nearest one above that
/// exists, and of the file itself. One thread.
class InotifyName {
public:
    InotifyName(InotifyQueue& queue, std::filesystem::path path);
    ~InotifyName();
    InotifyName(const InotifyName&) = delete;
    InotifyName& operator=(const InotifyName&) = delete;

    /// False when the system refuses.
    bool arm();
    /// True when the event says that the name stands for something else now, or was written to.
    bool handle(int watch, std::uint32_t mask, std::string_view name);

private:
    void disarm();

    InotifyQueue& queue_;
    std::filesystem::path path_;
    std::string awaited_;  ///< in the folder that is watched
    int folder_watch_ = -1;
    int file_watch_ = -1;
};

}  // namespace bm
