#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "markdown/result.hpp"
#include "repository/descriptor.hpp"

namespace bm {

/// Where a path ends: a name in an open folder.
struct Place {
    Descriptor folder;  ///< opened with O_PATH
    std::string name;
    /// The same place below the root without any symbolic link, "." for the root itself.
    std::string path;
    /// Folders in which the walk made one: they need an fsync before the path is durable.
    std::vector<Descriptor> grown;
};

/// What the walk does about the last segment.
enum class LastSegment {
    untouched,  ///< not looked at: it may be missing or a symbolic link
    followed,   ///< symbolic links are followed while they stay inside; it may be missing
};

enum class MissingFolders {
    refuse,
    make,
    leave,  ///< the walk ends at the last folder there is; the rest of the path is the name
};

/// Walks from `root` to `path` one segment at a time, holding each folder open, so that nothing
/// that is swapped meanwhile leads out. Symbolic links are followed as far as they stay below
/// `root`, which is never made: a project whose disk is not mounted is Fault::unavailable. Else
/// Fault::not_found, Fault::forbidden, or Fault::unavailable; the message is the bare reason.
Result<Place> walk_to(const std::filesystem::path& root, std::string_view path, LastSegment last,
                      MissingFolders missing);

/// Makes a folder and those above it, each durably. `mode` is that of the last one. Zero, or the
/// error.
int make_folders(const std::filesystem::path& folder, unsigned mode);

/// The system's words for an errno value.
std::string reason_of(int error);

}  // namespace bm
