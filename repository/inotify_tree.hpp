#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "repository/descriptor.hpp"
#include "repository/file_events.hpp"
#include "repository/inotify_queue.hpp"

namespace bm {

/// The watches of one root: one for each folder. Symbolic links are followed to the root only. One
/// thread.
class InotifyTree {
public:
    InotifyTree(InotifyQueue& queue, WatchId id, std::filesystem::path root, IgnoresPath ignores);
    ~InotifyTree();
    InotifyTree(const InotifyTree&) = delete;
    InotifyTree& operator=(const InotifyTree&) = delete;

    /// Watches everything there is now, from scratch.
    Coverage open();
    /// Adds what an event of one of this root's watches means. Others are none of its business.
    /// After root_gone and uncovered nothing is watched any more.
    void handle(int watch, std::uint32_t mask, std::string_view name,
                std::vector<FileEvent>& events);

    [[nodiscard]] bool is_open() const noexcept { return top_ != nullptr; }
    [[nodiscard]] WatchId id() const noexcept { return id_; }

private:
    struct Folder {
        Folder* parent = nullptr;
        std::string name;
        int watch = -1;
        std::map<std::string, std::unique_ptr<Folder>, std::less<>> children;
        std::set<std::string> closed;  ///< names that lead to what could not be opened
    };

    void close();
    bool watch_folder(Folder& folder, Descriptor opened, const std::string& prefix,
                      std::size_t depth);
    bool watch_child(Folder& parent, int parent_folder, const std::string& name,
                     const std::string& path, std::size_t depth);
    bool watch_new_folder(Folder& parent, std::string_view name);
    bool watch_closed(Folder& folder);
    void forget(Folder& folder);
    void forget_child(Folder& parent, std::string_view name);
    void handle_folder(Folder& parent, std::uint32_t mask, std::string_view name,
                       std::vector<FileEvent>& events);
    void handle_itself(Folder& folder, std::uint32_t mask, std::vector<FileEvent>& events);
    void end(FileEvent::Kind kind, std::vector<FileEvent>& events);
    void tell(FileEvent::Kind kind, std::string path, std::vector<FileEvent>& events) const;
    [[nodiscard]] bool is_growing(const std::string& path, std::uint32_t mask) const;
    [[nodiscard]] static std::string path_of(const Folder& folder);

    InotifyQueue& queue_;
    WatchId id_;
    std::filesystem::path root_;
    IgnoresPath ignores_;
    std::unique_ptr<Folder> top_;
    /// A folder that is moved while we look is met at both places for a moment.
    std::unordered_multimap<int, Folder*> folders_;
};

}  // namespace bm
