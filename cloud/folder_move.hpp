#pragma once

#include <filesystem>

#include "cloud/cloud_failure.hpp"

namespace bm {

/// Moves a folder, also to another file system, where the times and rights of files are kept.
/// Nothing may be at `to` but an empty folder. What a power cut or an end of this process leaves of
/// a move is finished by calling it again. Fault::local_io; then `from` is as it was, or waits
/// beside its place for the next call.
CloudResult<void> move_folder(const std::filesystem::path& from, const std::filesystem::path& to);

/// The way to another file system: `from` steps aside first, so that nobody saves into it any more;
/// its copy comes into being beside `to`, is brought to the disk, compared, and gets its name; only
/// then the original goes, and only if it still is what was copied. Pipes and devices cannot be
/// copied: nothing is moved then.
CloudResult<void> move_folder_by_copy(const std::filesystem::path& from,
                                      const std::filesystem::path& to);

/// Where a folder waits while it is copied elsewhere.
std::filesystem::path moving_place(const std::filesystem::path& folder);

/// Whether two trees have the same folders, files and links with the same bytes.
bool is_same_tree(const std::filesystem::path& one, const std::filesystem::path& other);

}  // namespace bm
