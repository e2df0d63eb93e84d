#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace bm {

/// What has to be watched so that it is told when a path comes to stand for something else.
struct WatchedWay {
    /// A name whose coming, going or replacement matters: the last one, the first one that is
    /// missing, and each symbolic link.
    struct Name {
        std::filesystem::path folder;
        std::string name;
        friend bool operator==(const Name&, const Name&) = default;
    };
    std::vector<Name> names;
    /// The folders in between; it matters when one of them is moved.
    std::vector<std::filesystem::path> folders;

    friend bool operator==(const WatchedWay&, const WatchedWay&) = default;
};

/// The way to an absolute path as it is now, through the symbolic links on it.
WatchedWay watched_way(const std::filesystem::path& path);

}  // namespace bm
