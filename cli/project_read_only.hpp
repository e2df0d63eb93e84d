#pragma once

#include <string>

#include "cli/application.hpp"

namespace bm {

/// Keeps everything that would change a project out of it, or lets it in again; the exit code.
int run_project_read_only(Application& application, const std::string& name, bool read_only);

}  // namespace bm
