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
    bool json = false;
};
int run_cloud_upload(Application& application, const CloudUploadCommand& command);

/// `bm cloud mount`: the space as a folder, through rclone.
struct CloudMountCommand {
    std::string profile = "balanced";
    std::string mount_point;  ///< an old option; the place is fixed
    bool read_only = false;
    bool foreground = false;  ///< until Ctrl+C
    bool json = false;
};
int run_cloud_mount(Application& application, const CloudMountCommand& command);
int run_cloud_unmount(Application& application, bool json);
int run_cloud_mount_status(Application& application, bool json);

}  // namespace bm
