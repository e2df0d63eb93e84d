#pragma once

#include "markdown/result.hpp"

namespace bm {

/// Whether the file system refused because somebody has to allow it first, rather than because it
/// is broken.
bool is_permission_problem(const Error& error);
/// Whether the path itself cannot be: too long, or through a file as if it were a folder.
bool is_path_problem(const Error& error);

}  // namespace bm
