#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <map>
#include <memory>

#include "repository/file_events.hpp"
#include "repository/inotify_name.hpp"
#include "repository/inotify_tree.hpp"

namespace bm {

/// FileEvents by one inotify instance of the kernel.
class InotifyEvents final : public FileEvents {
public:
    static constexpr std::size_t kNoLimit = std::numeric_limits<std::size_t>::max();

    /// Throws std::system_error when the system gives no instance.
    explicit InotifyEvents(std::size_t most_watches = kNoLimit) : queue_(most_watches) {}

    [[nodiscard]] int descriptor() const noexcept override { return queue_.descriptor(); }
    std::vector<FileEvent> read() override;
    Coverage add_root(WatchId watch, const std::filesystem::path& folder,
                      IgnoresPath ignores) override;
    bool add_name(WatchId watch, const std::filesystem::path& path) override;
    void remove(WatchId watch) override;

private:
    void start_over(std::vector<FileEvent>& events);

    InotifyQueue queue_;
    std::map<WatchId, std::unique_ptr<InotifyTree>> trees_;
    std::map<WatchId, std::unique_ptr<InotifyName>> names_;
};

}  // namespace bm
