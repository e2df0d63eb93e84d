#pragma once

#include <string>

namespace bm {

class Application;

/// `bm cloud upload`: files of this machine into a project of the cloud, once.
struct CloudUploadCommand {
    std::string path;
    std::string project;
    bool create_project = false;
    bool sync = true;  ///< the host indexes what has come
    bool verbose = false;
    bool no_gitignore = false;
    bool dry_run = false;
};
int run_cloud_upload(Application& application, const CloudUploadCommand& command);

}  // namespace bm
