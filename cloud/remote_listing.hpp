#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "cloud/file_set.hpp"
#include "cloud/rclone_run.hpp"

namespace bm {

/// What to list of one side.
struct ListingWish {
    std::string side;                        ///< a folder here, or `remote:path`
    std::filesystem::path filter_file = {};  ///< empty: everything
    bool with_times = false;                 ///< one more request for each file on S3
    bool with_folders = false;
    bool only_top = false;
};

/// A side as it is now; none when it could not be listed, and `outcome` tells why: that there is no
/// such folder is directory_not_found.
struct ListedSide {
    std::optional<FileSet> files;
    RcloneOutcome outcome;
};
ListedSide list_side(const RcloneSetup& setup, const ListingWish& wish);

/// From the text of `rclone lsjson`; none for anything else. Pure.
std::optional<FileSet> parse_lsjson(std::string_view text);

}  // namespace bm
