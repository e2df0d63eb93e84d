#pragma once

#include <string>
#include <vector>

namespace bm {

class Application;

/// One thing that syncs with the cloud need.
struct SyncCheck {
    bool is_fine = false;
    std::string text;
    std::string fix = {};  ///< what to do where it is not
};

/// Whether this machine can sync: the program, its keys, the host, the storage, the folders, and
/// what earlier runs have left. Changes nothing.
std::vector<SyncCheck> sync_checks(Application& application);

}  // namespace bm
