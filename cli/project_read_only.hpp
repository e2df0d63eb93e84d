#pragma once

#include <string>

#include "cli/application.hpp"

namespace bm {

/// Says in the settings whether commands and tools may change anything in a project.
/// Fault::invalid, Fault::io as ConfigFile::set.
Result<void> set_project_read_only(Application& application, const std::string& name,
                                   bool read_only);

}  // namespace bm
