#pragma once

#include <optional>
#include <string_view>

#include "markdown/result.hpp"
#include "repository/entity.hpp"
#include "repository/folder_walk.hpp"

namespace bm {

/// What Fault::conflict says when another program was there in between.
constexpr const char* kChangedMeanwhile = "it changed meanwhile";

/// Writes the file at a place so that it is durable and whole or not there at all. Fault::conflict
/// when what is there is not `expected` (none: nothing may be there), Fault::unavailable with the
/// bare reason. Permissions of a file that is replaced stay.
Result<FileStamp> write_placed(const Place& place, std::string_view bytes,
                               const std::optional<FileStamp>& expected);

/// Gives a file another place. Fault::conflict when that is taken (another spelling of the same
/// name, on a file system that does not tell them apart, is free) or with kChangedMeanwhile,
/// Fault::not_found when there is no such file.
Result<FileStamp> move_placed(const Place& from, const Place& to);

/// Removes the file or symbolic link at a place; with `expected` only a file in that state, else
/// Fault::conflict. Fault::not_found when nothing is there.
Result<void> remove_placed(const Place& place, const FileStamp* expected);

}  // namespace bm
