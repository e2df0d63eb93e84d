#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "host/file_hashes.hpp"
#include "host/served_tree.hpp"
#include "markdown/result.hpp"
#include "repository/atomic_file.hpp"
#include "repository/folder_walk.hpp"
#include "repository/old_digest.hpp"

namespace bm {

/// One file or folder of a tree.
struct WebDavEntry {
    std::string path;  ///< below the tree; empty: the tree itself
    bool is_folder = false;
    FileStamp stamp;
    std::optional<std::string> md5;  ///< of files; nothing when it could not be had

    /// The entity tag, with its quotes; empty for folders.
    [[nodiscard]] std::string tag() const;
};

/// What WebDAV does with the files of one tree. Nothing leads out of it: paths are walked one
/// folder at a time. Symbolic links and special files do not exist here. Faults: not_found,
/// conflict (what is there is in the way), forbidden, unavailable (the disk refused: the bare
/// reason).
class WebDavFiles {
public:
    WebDavFiles(const ServedTree& tree, FileHashes& hashes) : tree_(tree), hashes_(hashes) {}

    [[nodiscard]] Result<WebDavEntry> find(const std::string& path);
    /// What lies directly in a folder. Stops when `take` says no.
    [[nodiscard]] Result<void> list(const std::string& path,
                                    const std::function<bool(const WebDavEntry&)>& take);

    struct OpenFile {
        Descriptor file;
        WebDavEntry entry;
    };
    [[nodiscard]] Result<OpenFile> open(const std::string& path);

    /// A file on its way: becomes visible when it is whole.
    class Upload {
    public:
        [[nodiscard]] Result<void> take(std::string_view piece);
        /// What the pieces come to, once there are no more.
        [[nodiscard]] const std::string& md5();
        [[nodiscard]] const std::string& sha1();

    private:
        friend class WebDavFiles;
        Upload(Place place, AtomicFile file);
        Place place_;
        AtomicFile file_;
        OldDigestStream md5_;
        OldDigestStream sha1_;
        std::string md5_text_;
        std::string sha1_text_;
    };
    /// Makes the folders above it.
    [[nodiscard]] Result<std::unique_ptr<Upload>> begin_upload(const std::string& path);
    /// With a time the file says it was changed then. `must_be_new`: Fault::conflict when there is
    /// one of that name. True when one was replaced.
    [[nodiscard]] Result<bool> finish_upload(Upload& upload, const std::string& path,
                                             std::optional<std::int64_t> mtime_ns,
                                             bool must_be_new);

    /// A folder with everything in it.
    [[nodiscard]] Result<void> remove(const std::string& path);
    /// Fault::conflict when something of that name is there, not_found when the folder above is
    /// not.
    [[nodiscard]] Result<void> make_folder(const std::string& path);
    /// True when something was replaced; Fault::conflict when it may not be.
    [[nodiscard]] Result<bool> move(const std::string& from, const std::string& to, bool overwrite);
    [[nodiscard]] Result<bool> copy(const std::string& from, const std::string& to, bool overwrite);
    [[nodiscard]] Result<void> set_time(const std::string& path, std::int64_t mtime_ns);

private:
    /// The same for what is only looked at: the root of the tree is a place too.
    [[nodiscard]] Result<Place> readable_place(const std::string& path) const;
    [[nodiscard]] Result<Place> place_of(const std::string& path, MissingFolders missing) const;
    [[nodiscard]] Result<WebDavEntry> entry_at(const Place& place, const std::string& path);
    [[nodiscard]] Result<bool> make_way(const Place& to, bool overwrite);
    [[nodiscard]] Result<void> copy_file(const std::string& from, const std::string& to);
    [[nodiscard]] Result<void> copy_folder(const std::string& from, const std::string& to,
                                           int depth);
    void tell(std::string_view path) const;

    const ServedTree& tree_;
    FileHashes& hashes_;
};

}  // namespace bm
