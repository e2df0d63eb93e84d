#pragma once

#include <string>

#include "host/file_hashes.hpp"
#include "markdown/result.hpp"

namespace bm {

enum class CopyDepth { whole, folder_alone };

/// Copies a file or a folder to a name that is free and that nobody is to see yet; durable when it
/// returns. Times of files are kept; symbolic links and special files are left out. What was
/// written until it failed is left there. Faults as file_fault() gives them.
[[nodiscard]] Result<void> copy_tree(int from, const std::string& from_name, int to,
                                     const std::string& to_name, CopyDepth depth,
                                     FileHashes& hashes);

}  // namespace bm
