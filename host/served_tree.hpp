#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "host/file_hashes.hpp"
#include "markdown/result.hpp"
#include "repository/history_record.hpp"
#include "server/authorizer.hpp"

namespace bm {

/// What was written down of a file that is about to go.
struct KeptVersion {
    FileStamp stamp;                 ///< of the file whose bytes were kept
    std::function<void()> withdraw;  ///< says that it did not go after all
};

/// What the owner of a tree does about its files beyond storing them. Paths are relative to the
/// tree's root. Serves one request; one thread.
class TreeCare {
public:
    TreeCare() = default;
    TreeCare(const TreeCare&) = delete;
    TreeCare& operator=(const TreeCare&) = delete;
    virtual ~TreeCare() = default;

    /// Writes down what a file says before it is replaced or removed. `name` in `folder` is where
    /// its bytes are, `path` where they belong. Nothing when there is nothing worth keeping, or it
    /// could not be kept.
    virtual std::optional<KeptVersion> keep(int folder, const std::string& name,
                                            std::string_view path, HistoryAction action) = 0;
    /// Whether there always is a folder of that path: only what is in it may go.
    [[nodiscard]] virtual bool needs_folder(std::string_view path) = 0;
    /// Told of a path that was removed or moved away.
    virtual void gone(std::string_view path) = 0;
    /// A sentence for the client, without what is the host's own business.
    [[nodiscard]] virtual std::string shown(std::string sentence) const = 0;
};

/// A folder whose files are served over HTTP.
struct ServedTree {
    std::filesystem::path root;          ///< absolute
    std::shared_ptr<FileHashes> hashes;  ///< of its files; never null
    /// Told the path, relative to the root, of what was written, moved or deleted. Any thread.
    std::function<void(std::string_view path)> on_change = {};
    std::shared_ptr<TreeCare> care = {};  ///< may be null
    /// Held while a request is served: each account has so many places.
    std::shared_ptr<void> place = {};
};

/// Finds the folder that the first segment of a path names, for one caller and nobody else.
class ServedTrees {
public:
    ServedTrees() = default;
    ServedTrees(const ServedTrees&) = delete;
    ServedTrees& operator=(const ServedTrees&) = delete;
    virtual ~ServedTrees() = default;

    /// Fault::not_found for a name that does not exist or is somebody else's: both look alike.
    /// Fault::unavailable when it cannot be served now: nobody must take its files for gone.
    /// Thread-safe.
    [[nodiscard]] virtual Result<ServedTree> find(const Principal& caller,
                                                  std::string_view name) = 0;
    /// The names of which each stands for files that no other one does. Thread-safe.
    [[nodiscard]] virtual Result<std::vector<std::string>> names(const Principal& caller) = 0;
};

}  // namespace bm
