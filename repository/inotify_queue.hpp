#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <string_view>
#include <unordered_map>

#include "repository/descriptor.hpp"

namespace bm {

/// One inotify instance, whose watches may have several owners. One thread.
class InotifyQueue {
public:
    /// `most_watches` holds on top of what the system allows. Throws std::system_error when the
    /// system gives no instance.
    explicit InotifyQueue(std::size_t most_watches);

    /// The watch of that file or folder, to be given back with forget(). Where there is one
    /// already, `mask` is added to what it reports. Negative with errno set when refused; ENOSPC:
    /// the limit is reached.
    int watch(const std::filesystem::path& path, std::uint32_t mask);
    /// The same for a folder that is open.
    int watch_open_folder(int folder, std::uint32_t mask);
    void forget(int watch);

    /// Calls `seen(watch, mask, name)` for each event that has come. IN_IGNORED is the last of its
    /// watch: nobody needs to forget it any more.
    using Seen = std::function<void(int, std::uint32_t, std::string_view)>;
    void drain(const Seen& seen);

    [[nodiscard]] int descriptor() const noexcept { return instance_.number(); }

private:
    Descriptor instance_;
    std::size_t most_watches_;
    std::unordered_map<int, int> owners_;  ///< how many each watch has
};

}  // namespace bm
