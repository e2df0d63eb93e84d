#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "cloud/cloud_failure.hpp"

/// Files here that a transfer is about to replace. rclone's own way to keep them takes the old file
/// away before it has the new one: a transfer that breaks off would look like a deletion.
namespace bm {

/// Copies them from below `root` to the same paths below `trash`, with their times.
/// Fault::local_io: nothing may be replaced then.
CloudResult<void> keep_replaced(const std::filesystem::path& root,
                                const std::filesystem::path& trash,
                                const std::vector<std::string>& names);

/// After a transfer that failed: puts back those that are in the trash and nowhere else (old
/// versions of rclone write in place). What could not be put back is told.
std::vector<std::string> put_back_missing(const std::filesystem::path& root,
                                          const std::filesystem::path& trash,
                                          const std::vector<std::string>& names);

}  // namespace bm
