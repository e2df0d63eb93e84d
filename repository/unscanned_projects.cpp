#include "repository/unscanned_projects.hpp"

#include "repository/database.hpp"
#include "repository/stored_rows.hpp"

namespace bm {

std::optional<Timestamp> unscanned_since(Database& database, ProjectId project) {
    Statement select(database,
                     "SELECT updated_at FROM project WHERE id = ? AND last_scan_started IS NULL");
    auto query = select.run();
    if (!query.bind(project.value).step()) return std::nullopt;
    return from_microseconds(query.integer(0));
}

}  // namespace bm
