#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "repository/inotify_queue.hpp"
#include "repository/watched_way.hpp"

namespace bm {

/// The watches of one name: of the folders on the way to it, as far as they exist, of the symbolic
/// links on that way, and of the file itself. One thread.
class InotifyName {
public:
    enum class Told {
        nothing,
        change,  ///< the name may stand for something else now, or was written to
        deaf,    ///< the same, and no more will be told
    };

    InotifyName(InotifyQueue& queue, std::filesystem::path path);
    ~InotifyName();
    InotifyName(const InotifyName&) = delete;
    InotifyName& operator=(const InotifyName&) = delete;

    /// False when the system refuses.
    bool arm();
    Told handle(int watch, std::uint32_t mask, std::string_view name);

private:
    struct Watched {
        int watch;
        std::string name;  ///< in that folder; empty where only the folder itself matters
    };

    bool watch_way(const WatchedWay& way);
    bool watch_file();
    void disarm();

    InotifyQueue& queue_;
    std::filesystem::path path_;
    std::vector<Watched> folders_;
    int file_watch_ = -1;
};

}  // namespace bm
