#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include "markdown/result.hpp"
#include "repository/config_file.hpp"

namespace bm {

/// Where one account's projects are, and what belongs to them.
struct SpaceFolders {
    std::filesystem::path data;  ///< one folder for each project
    DataDirectory state;         ///< settings, index, history

    /// The folders that have or had a project.
    [[nodiscard]] std::filesystem::path known_folders() const {
        return state.root / "known-folders";
    }

    /// What the space's own settings may depend on: nothing of the environment of whoever runs the
    /// host.
    [[nodiscard]] Environment environment() const;
};

/// The data directory of a host.
struct HostData {
    std::filesystem::path root;        ///< absolute
    std::filesystem::path users = {};  ///< the file of the accounts, where it is kept elsewhere

    [[nodiscard]] std::filesystem::path access() const {
        return users.empty() ? root / "access.db" : users;
    }
    [[nodiscard]] std::filesystem::path config() const { return root / "host.json"; }
    [[nodiscard]] std::filesystem::path log() const { return root / "host.log"; }
    [[nodiscard]] SpaceFolders space(std::int64_t account) const;
};

/// What clients call a space: made once for each account.
struct Tenant {
    std::string id;      ///< a UUID
    std::string bucket;  ///< `space` and the UUID's first eight digits
};

/// Reads it, and makes it with the folders of the space where there is none yet. Fault::unavailable
/// when the disk refuses.
[[nodiscard]] Result<Tenant> tenant_of(const SpaceFolders& folders);

}  // namespace bm
