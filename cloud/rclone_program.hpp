#pragma once

#include <compare>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cloud/cloud_failure.hpp"

namespace bm {

struct RcloneVersion {
    int major = 0;
    int minor = 0;
    int patch = 0;
    std::string text = {};  ///< as rclone says it, without the v: `1.60.1-DEV`

    [[nodiscard]] bool is_at_least(int wanted_major, int wanted_minor) const noexcept {
        return major > wanted_major || (major == wanted_major && minor >= wanted_minor);
    }
    friend bool operator==(const RcloneVersion&, const RcloneVersion&) = default;
};

/// From the first line of `rclone version`; none for anything else. Pure.
std::optional<RcloneVersion> parse_rclone_version(std::string_view first_line);

/// The program that does the transfers. We run it and never link it.
struct RcloneProgram {
    std::filesystem::path file;
    std::optional<RcloneVersion> version;  ///< none when it says nothing readable
    [[nodiscard]] std::string version_text() const {
        return version ? version->text : std::string("unknown");
    }
};

/// Where to look for it.
struct RcloneSearch {
    std::optional<std::filesystem::path> configured;  ///< the setting `rclone_path`
    std::string search_path;                          ///< PATH
    std::vector<std::string> environment;             ///< of this process, `NAME=value`
    /// Remembers the version of a file by its size and time; empty: nothing is remembered.
    std::filesystem::path cache;
    /// Where the one that we have installed is, if there is one; used where the PATH has none that
    /// syncs in both directions.
    std::filesystem::path installed = {};
};

/// A program of that name in the absolute folders of a PATH.
std::optional<std::filesystem::path> program_on_path(std::string_view search_path,
                                                     std::string_view name);

/// rclone_missing when there is none.
CloudResult<RcloneProgram> find_rclone(const RcloneSearch& search);

/// Copies one way need less than bringing two sides in step: before 1.66 a second conflict on the
/// same note overwrote the copies of the first.
enum class RcloneNeed { one_way, two_way };

/// rclone_too_old below 1.58, for two-way runs below 1.66. An unreadable version passes for one way
/// only.
CloudResult<void> check_rclone(const RcloneProgram& program, RcloneNeed need);

/// Who has started an rclone, by the number of the process, in its environment.
constexpr const char* kStartedBy = "BM_STARTED_BY";

/// What a child may see of our environment: everything but AWS_* and RCLONE_*, which would change
/// what it does, except RCLONE_CONFIG. And who has started it.
std::vector<std::string> rclone_environment(const std::vector<std::string>& ours);

}  // namespace bm
