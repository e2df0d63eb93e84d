#pragma once

#include <string>
#include <string_view>

namespace bm {

/// What rclone calls the files that remember a pair of folders: both paths without slashes around
/// them, odd characters replaced by `_`, with `..` between. `local_root` is absolute and without
/// symbolic links. Pure.
std::string bisync_session_name(std::string_view local_root, std::string_view remote);

}  // namespace bm
