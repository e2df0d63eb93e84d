#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "markdown/result.hpp"
#include "repository/entity.hpp"

namespace bm {

/// A file of settings that belongs to another program, as it was read.
struct ForeignFile {
    std::filesystem::path path;  ///< without the symbolic links at its end
    std::string text;            ///< empty when there is no file
    std::optional<FileStamp> stamp = {};
};

/// Fault::unavailable when it is there and cannot be read, or is larger than any settings.
Result<ForeignFile> read_foreign_file(const std::filesystem::path& path);

/// Puts `text` in its place: durable, whole or not at all, with the owner and mode that the file
/// had (0600 for a new one, whose folders are made). What it said before stays beside it under the
/// path that is returned; none for a new file. A symbolic link stays one. Fault::conflict when
/// somebody else has changed the file since it was read.
Result<std::optional<std::filesystem::path>> replace_foreign_file(const ForeignFile& file,
                                                                  std::string_view text);

}  // namespace bm
