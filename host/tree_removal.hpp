#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <tuple>

#include "host/served_tree.hpp"

namespace bm {

/// Takes files and folders of a tree away, after what the notes among them said was kept. Each is
/// named twice: by where it is now, a name in an open folder, and by the path that it has, or had,
/// in the tree. Faults as file_fault() gives them. One thread.
class TreeRemoval {
public:
    /// `care` may be null: then nothing is kept.
    TreeRemoval(TreeCare* care, HistoryAction action) : care_(care), action_(action) {}

    /// Keeps what is there now, and removes nothing.
    [[nodiscard]] Result<void> keep(int folder, const std::string& name, const std::string& path);
    /// Removes it with everything in it; what was not kept, or has changed since, is kept first. A
    /// folder into which somebody writes meanwhile stays: Fault::conflict.
    [[nodiscard]] Result<void> remove(int folder, const std::string& name, const std::string& path);
    /// The same for what is in a folder alone.
    [[nodiscard]] Result<void> empty_folder(int folder, const std::string& name,
                                            const std::string& path);
    /// Removes a file that is in that state: Fault::conflict for any other.
    [[nodiscard]] Result<void> remove_expected(int folder, const std::string& name,
                                               const std::string& path, const FileStamp& expected);

private:
    /// Time of the change, size, inode: what renaming leaves alone.
    using Content = std::tuple<std::int64_t, std::int64_t, std::int64_t>;
    static Content content_of(const FileStamp& stamp) {
        return {stamp.mtime_ns, stamp.size, stamp.inode};
    }

    Result<void> keep_at(int folder, const std::string& name, const std::string& path, int depth);
    Result<void> remove_at(int folder, const std::string& name, const std::string& path, int depth);
    Result<void> empty_at(int folder, const std::string& name, const std::string& path, int depth);
    Result<void> remove_file(int folder, const std::string& name, const std::string& path);

    TreeCare* care_;
    HistoryAction action_;
    std::set<Content> kept_;
};

}  // namespace bm
