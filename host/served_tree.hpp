#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "markdown/result.hpp"
#include "server/authorizer.hpp"

namespace bm {

/// A folder whose files are served over HTTP.
struct ServedTree {
    std::filesystem::path root;  ///< absolute; exists
    /// Told the path, relative to the root, of what was written, moved or deleted. Any thread.
    std::function<void(std::string_view path)> on_change = {};
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
};

}  // namespace bm
