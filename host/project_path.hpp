#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace bm {

/// A project's path as it leaves a host: `/app/data/x`, `app/data/x`, `/x` and `x` are all `/x`. A
/// path with a drive letter stays as it is.
[[nodiscard]] std::string normalised_project_path(std::string_view path);

/// The folder that such a path names, where it is one name that may stand below a space's root: not
/// hidden, no `..`, no slash, no control characters.
[[nodiscard]] std::optional<std::string> single_folder(std::string_view path);

}  // namespace bm
