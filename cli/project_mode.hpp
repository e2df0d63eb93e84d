#pragma once

#include <optional>
#include <string>

namespace bm {

class Application;

struct ProjectCloudCommand {
    std::string name;
    std::optional<std::string> workspace;  ///< there is one, `personal`
    bool json = false;
};
/// From now on commands about the project work on the cloud; its files here stay.
int run_project_set_cloud(Application& application, const ProjectCloudCommand& command);

struct ProjectLocalCommand {
    std::string name;
    std::optional<std::string> local_path;  ///< none: where it was before
    bool json = false;
};
int run_project_set_local(Application& application, const ProjectLocalCommand& command);

}  // namespace bm
