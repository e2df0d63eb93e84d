#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>

#include "repository/descriptor.hpp"

namespace bm {

/// The devices that the files of a folder are on: of the folder itself under "", and of each folder
/// below it where another file system is mounted, under its relative path.
using MountedDevices = std::map<std::string, std::uint64_t>;

/// As they are now; empty when there is no such folder.
MountedDevices mounted_devices(const std::filesystem::path& folder);

/// None when there is no such folder.
std::optional<std::uint64_t> device_of_folder(const std::filesystem::path& folder);

/// Tells when anything was mounted or unmounted. One thread.
class MountEvents {
public:
    MountEvents();
    /// To be polled for POLLPRI, which also takes note of what it reports; negative when the system
    /// does not tell.
    [[nodiscard]] int descriptor() const noexcept { return table_.number(); }

private:
    Descriptor table_;
};

}  // namespace bm
