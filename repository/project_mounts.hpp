#pragma once

#include <string_view>

#include "repository/entity.hpp"
#include "repository/mount_table.hpp"

namespace bm {

class Database;

/// The devices that a project's files were on when all of it was looked at. Both belong into a
/// transaction of the caller's.
[[nodiscard]] MountedDevices project_mounts(Database& database, ProjectId project);
/// Writes nothing when they are known already.
void set_project_mounts(Database& database, ProjectId project, const MountedDevices& devices);

/// Whether there is a row below that folder; "" for the whole project.
[[nodiscard]] bool has_files_below(Database& database, ProjectId project, std::string_view folder);

}  // namespace bm
