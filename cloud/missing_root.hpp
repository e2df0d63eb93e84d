#pragma once

#include <cstddef>
#include <string>

#include "cloud/cloud_failure.hpp"
#include "cloud/scope.hpp"

/// A folder that files were synced to and that is not there any more, or has none of them: so looks
/// a disk that is not mounted. Who fills its place hides that from the next sync.
namespace bm {

/// What is said of a folder that is gone. `command` as the user would type it: `bm cloud bisync`.
[[nodiscard]] CloudFailure missing_root(const CloudScope& scope, std::size_t files,
                                        const std::string& command);

/// Whether files may come into the scope's folder. Faults: local_missing when it is gone although
/// files were synced there, side_empty when none of those is left, not even under another name.
CloudResult<void> check_root_has_files(const CloudScope& scope);

}  // namespace bm
