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

/// Whether it cannot be told what is there. A disk that gives no answer is not unmounted.
bool is_out_of_sight(const fs::path& project, const std::string& folder,
                     const std::vector<std::string>& unreadable_folders) {
    const std::string below = folder + '/';
    if (std::any_of(unreadable_folders.begin(), unreadable_folders.end(),
                    [&](const std::string& each) { return below.starts_with(each); })) {
        return true;
    }
    std::error_code error;
    const auto kind = fs::status(project / folder, error).type();
    return kind == fs::file_type::none || kind == fs::file_type::unknown;
}

}  // namespace

void MountGuard::begin() { at_first_ = mounted_devices(project_.path); }

Result<void> MountGuard::check(std::vector<std::string>& unreadable_folders) {
    MountedDevices before = knowledge_.index().read(
        [&](Tables& tables) { return project_mounts(tables.database, project_.id); });
    if (at_first_) {
        // No longer than it takes to look: a disk may be pulled while its notes are stored.
        before.insert(at_first_->begin(), at_first_->end());
        devices_ = mounted_devices(project_.path);
        if (devices_.empty()) devices_ = before;
    }
    MountedDevices unmounted;
    for (const auto& [path, device] : before) {
        if (may_be_uncovered(project_.path / path, device)) {
            unmounted.emplace(path, device);
        } else if (is_out_of_sight(project_.path, path, unreadable_folders)) {
            devices_.emplace(path, device);
        }
    }
    if (unmounted.empty()) return {};
    knowledge_.index().read([&](Tables& tables) {
        std::erase_if(unmounted, [&](const auto& mount) {
            return !has_files_below(tables.database, project_.id, mount.first);
        });
    });
    if (unmounted.contains("")) {
        return fail(Fault::unavailable,
                    "The project folder " + project_.path.string() + " of " + project_.name.str() +
                        " is empty and on another disk than before: its notes stay in the index "
                        "until that disk is mounted. If the folder is meant to be empty, put any "
                        "note into it.");
    }
    for (const auto& [path, device] : unmounted) {
        devices_[path] = device;
        unreadable_folders.push_back(path + '/');
    }
    std::sort(unreadable_folders.begin(), unreadable_folders.end());
    return {};
}

}  // namespace bm
