#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "host/served_tree.hpp"
#include "host/tree_copy.hpp"
#include "host/tree_removal.hpp"
#include "host/webdav_upload.hpp"
#include "markdown/result.hpp"
#include "repository/folder_walk.hpp"

namespace bm {

/// One file or folder of a tree.
struct WebDavEntry {
    std::string path;  ///< below the tree; empty: the tree itself
    bool is_folder = false;
    FileStamp stamp;
    std::optional<std::string>
        md5;  ///< of files; nothing when it was not asked for or not to be had

    /// The entity tag, with its quotes; empty for folders and where the MD5 is not known.
    [[nodiscard]] std::string tag() const;
};

/// What WebDAV does with the files of one tree. Nothing leads out of it: paths are walked one
/// folder at a time. Symbolic links and special files do not exist here. What a note said is kept
/// before it goes. Faults: not_found, conflict (what is there is in the way), forbidden,
/// unavailable (the disk refused: the bare reason). One thread.
class WebDavFiles {
public:
    /// What may be read to find out a file's MD5.
    enum class Hashing { none, little, all };

    explicit WebDavFiles(const ServedTree& tree) : tree_(tree) {}

    [[nodiscard]] Result<WebDavEntry> find(const std::string& path, Hashing hashing);
    /// What lies directly in a folder. Stops when `take` says no. How many names were left out
    /// because no request can have them. Anything but a file that has just gone is a fault: what
    /// is missing in a list is taken for deleted.
    [[nodiscard]] Result<std::size_t> list(const std::string& path,
                                           const std::function<bool(const WebDavEntry&)>& take);

    struct OpenFile {
        Descriptor file;
        WebDavEntry entry;
    };
    [[nodiscard]] Result<OpenFile> open(const std::string& path, Hashing hashing);

    [[nodiscard]] Result<std::unique_ptr<WebDavUpload>> begin_upload(const std::string& path,
                                                                     bool with_sha1) {
        return WebDavUpload::begin(tree_, path, with_sha1);
    }

    /// A folder with everything in it; one that its owner needs is emptied. With `expected` only a
    /// file in that state, else Fault::conflict.
    [[nodiscard]] Result<void> remove(const std::string& path,
                                      const std::optional<FileStamp>& expected = std::nullopt);
    /// Fault::conflict when something of that name is there, not_found when the folder above is
    /// not.
    [[nodiscard]] Result<void> make_folder(const std::string& path);
    /// True when something was replaced; Fault::conflict when it may not be. Either all of it is in
    /// its new place or none. Fault::forbidden for a place in itself or around it.
    [[nodiscard]] Result<bool> move(const std::string& from, const std::string& to, bool overwrite);
    [[nodiscard]] Result<bool> copy(const std::string& from, const std::string& to, bool overwrite,
                                    CopyDepth depth = CopyDepth::whole);
    [[nodiscard]] Result<void> set_time(const std::string& path, std::int64_t mtime_ns);

private:
    /// Two places, of which the first one has something.
    struct Way {
        Place from;
        Place to;
        bool from_is_folder = false;
        std::optional<bool> to_is_folder;  ///< nothing: its name is free
    };

    /// The same for what is only looked at: the root of the tree is a place too.
    [[nodiscard]] Result<Place> readable_place(const std::string& path) const;
    [[nodiscard]] Result<Place> place_of(const std::string& path) const;
    [[nodiscard]] Result<WebDavEntry> entry_at(const Place& place, const std::string& path,
                                               Hashing hashing);
    [[nodiscard]] Result<std::optional<std::string>> md5_at(const Place& place,
                                                            const FileStamp& stamp,
                                                            Hashing hashing);
    [[nodiscard]] Result<Way> way(const std::string& from, const std::string& to, bool overwrite);
    [[nodiscard]] Result<void> put_in_place(int folder, const std::string& name, const Way& way,
                                            const std::string& to, bool overwrite);
    [[nodiscard]] Result<void> copy_file(const std::string& from, const std::string& to,
                                         bool overwrite);
    [[nodiscard]] Result<void> copy_hidden(const Way& way, const std::string& to, bool overwrite,
                                           CopyDepth depth);
    [[nodiscard]] bool is_needed(std::string_view path) const;
    void tell(std::string_view path) const;

    const ServedTree& tree_;
};

}  // namespace bm
