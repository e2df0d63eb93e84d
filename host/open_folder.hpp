#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <dirent.h>

#include "markdown/result.hpp"
#include "repository/descriptor.hpp"

namespace bm {

/// What an errno value of a file means to whoever asked for the file: not_found, conflict (what is
/// there is in the way), forbidden, or unavailable. The message is the bare reason.
[[nodiscard]] tl::unexpected<Error> file_fault(int error);

/// Folders of trees are not followed deeper than that.
constexpr int kDeepestFolder = 100;
[[nodiscard]] tl::unexpected<Error> too_deep();

struct CloseFolder {
    void operator()(DIR* folder) const noexcept { ::closedir(folder); }
};
using OpenFolder = std::unique_ptr<DIR, CloseFolder>;

/// Opens a folder to read its names; no symbolic link.
[[nodiscard]] Result<OpenFolder> open_folder(int above, const std::string& name);

[[nodiscard]] inline bool is_dots(std::string_view name) { return name == "." || name == ".."; }

/// All names in it, so that the folder may change while they are gone through.
[[nodiscard]] Result<std::vector<std::string>> names_in(DIR* folder);

/// Gives a file the time, and says 0 or the error.
[[nodiscard]] int set_file_time(int file, std::int64_t mtime_ns);

/// Whether `path` is that folder or lies in it; "" is the folder of all.
[[nodiscard]] bool is_inside(std::string_view path, std::string_view folder);

}  // namespace bm
