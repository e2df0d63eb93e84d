#include "sync/mount_guard.hpp"

#include <algorithm>
#include <filesystem>
#include <system_error>

#include "repository/project_mounts.hpp"

namespace bm {

namespace fs = std::filesystem;

namespace {

/// But for hidden names: some keep a mark in the folder that the disk covers.
bool looks_empty(const fs::path& folder) {
    std::error_code error;
    fs::directory_iterator entries(folder, error);
    // Whoever looks at what cannot be read finds out himself.
    if (error) return false;
    return std::all_of(fs::begin(entries), fs::end(entries), [](const fs::directory_entry& entry) {
        return entry.path().filename().native().starts_with('.');
    });
}

/// Whether another device is there than `device`, and nothing on it.
bool may_be_uncovered(const fs::path& folder, std::uint64_t device) {
    const auto now = device_of_folder(folder);
    return now && *now != device && looks_empty(folder);
}

}  // namespace

Result<void> MountGuard::check(std::vector<std::string>& unreadable_folders) {
    unmounted_ = knowledge_.index().read(
        [&](Tables& tables) { return project_mounts(tables.database, project_.id); });
    std::erase_if(unmounted_, [&](const auto& mount) {
        return !may_be_uncovered(project_.path / mount.first, mount.second);
    });
    if (unmounted_.empty()) return {};
    knowledge_.index().read([&](Tables& tables) {
        std::erase_if(unmounted_, [&](const auto& mount) {
            return !has_files_below(tables.database, project_.id, mount.first);
        });
    });
    if (unmounted_.contains("")) {
        return fail(Fault::unavailable,
                    "The project folder " + project_.path.string() + " of " + project_.name.str() +
                        " is empty and on another disk than before: its notes stay in the index "
                        "until that disk is mounted. If the folder is meant to be empty, put any "
                        "note into it.");
    }
    for (const auto& [path, device] : unmounted_) unreadable_folders.push_back(path + '/');
    std::sort(unreadable_folders.begin(), unreadable_folders.end());
    return {};
}

MountedDevices MountGuard::devices() const {
    auto devices = mounted_devices(project_.path);
    for (const auto& [path, device] : unmounted_) devices[path] = device;
    return devices;
}

}  // namespace bm
