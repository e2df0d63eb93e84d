#pragma once

#include <string>

#include "cli/application.hpp"

namespace bm {

/// Keeps everything that would change a project out of it, or lets it in again; the exit code.
struct ProjectReadOnlyCommand {
    std::string name;
    bool read_only = true;
    bool json = false;  ///< says nothing: whoever called prints one object
};
int run_project_read_only(Application& application, const ProjectReadOnlyCommand& command);

}  // namespace bm
