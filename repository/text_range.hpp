#pragma once

#include <string>
#include <string_view>

namespace bm {

/// Texts that begin with `prefix` are those from `prefix` up to, and without, this one. The prefix
/// is not empty.
inline std::string end_of_prefix(std::string_view prefix) {
    std::string end(prefix);
    ++end.back();  // UTF-8 has no byte 0xFF
    return end;
}

/// What the paths below a folder begin with: empty for the root. Slashes around the name and a
/// leading "./" do not count.
inline std::string folder_prefix(std::string_view folder) {
    if (folder.starts_with("./")) folder.remove_prefix(2);
    while (folder.starts_with('/')) folder.remove_prefix(1);
    while (folder.ends_with('/')) folder.remove_suffix(1);
    return folder.empty() || folder == "." ? std::string() : std::string(folder) + '/';
}

}  // namespace bm
