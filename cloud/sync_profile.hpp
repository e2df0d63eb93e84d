#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <string_view>

namespace bm {

/// How careful a run in both directions is.
struct SyncProfile {
    std::string_view name;
    bool keeps_both = false;  ///< no version of a conflict keeps the name; else the newer one
    std::size_t deletion_limit = 25;  ///< files that one run may delete on one side
    bool has_trash = true;            ///< keeps local files that a run deletes or replaces
    bool verifies = false;            ///< compares afterwards what was transferred
};

constexpr std::array kSyncProfiles{
    SyncProfile{"safe", true, 10, true, true},
    SyncProfile{"balanced", false, 25, true, false},
    SyncProfile{"fast", false, 50, false, false},
};
inline constexpr const SyncProfile& kDefaultProfile = kSyncProfiles[1];

/// None for a name that there is not.
[[nodiscard]] constexpr std::optional<SyncProfile> find_profile(std::string_view name) noexcept {
    for (const auto& profile : kSyncProfiles) {
        if (profile.name == name) return profile;
    }
    return std::nullopt;
}

}  // namespace bm
