#include "repository/project_mounts.hpp"

#include <string>

#include "repository/database.hpp"

namespace bm {

MountedDevices project_mounts(Database& database, ProjectId project) {
    MountedDevices devices;
    Statement select(database, "SELECT path, device FROM project_mount WHERE project_id = ?");
    auto query = select.run();
    query.bind(project.value);
    while (query.step()) devices[query.string(0)] = static_cast<std::uint64_t>(query.integer(1));
    return devices;
}

void set_project_mounts(Database& database, ProjectId project, const MountedDevices& devices) {
    if (project_mounts(database, project) == devices) return;
    Statement clear(database, "DELETE FROM project_mount WHERE project_id = ?");
    clear.run().bind(project.value).done();
    Statement insert(database,
                     "INSERT INTO project_mount (project_id, path, device) VALUES (?, ?, ?)");
    for (const auto& [path, device] : devices) {
        insert.run().bind(project.value).bind(path).bind(static_cast<std::int64_t>(device)).done();
    }
}

bool has_files_below(Database& database, ProjectId project, std::string_view folder) {
    Statement any(database,
                  "SELECT 1 FROM entity WHERE project_id = ? AND path > ? AND path < ? LIMIT 1");
    // '0' follows '/' in byte order; no path has a byte 0xFF.
    const std::string first = folder.empty() ? "" : std::string(folder) + '/';
    const std::string end = folder.empty() ? "\xFF" : std::string(folder) + '0';
    auto query = any.run();
    return query.bind(project.value).bind(first).bind(end).step();
}

}  // namespace bm
