#pragma once

#include <string>

namespace bm {

class Application;

/// `bm cloud mount`: the space as a folder, through rclone.
struct CloudMountCommand {
    std::string profile = "balanced";
    std::string mount_point;  ///< an old option; the place is fixed
    bool read_only = false;
    bool foreground = false;  ///< until Ctrl+C
};
int run_cloud_mount(Application& application, const CloudMountCommand& command);
int run_cloud_unmount(Application& application);
int run_cloud_mount_status(Application& application, bool json);

}  // namespace bm
