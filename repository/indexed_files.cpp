#include "repository/indexed_files.hpp"

#include <string>

#include "repository/database.hpp"

namespace bm {

namespace {

/// All of them stand in the index `entity_by_path`: a scan reads nothing else.
std::string select_files(std::string_view condition) {
    return "SELECT id, path, mtime_ns, size, inode, ctime_ns, checksum FROM entity"
           " WHERE project_id = ?" +
           std::string(condition);
}

IndexedFile read_file(const Query& query) {
    return {.id = {query.integer(0)},
            .path = RelativePath::parse(query.text(1)).value(),
            .stamp = {.mtime_ns = query.integer(2),
                      .size = query.integer(3),
                      .inode = query.integer(4),
                      .ctime_ns = query.integer(5)},
            .checksum = Checksum::from_raw(query.blob(6)).value()};
}

}  // namespace

std::vector<IndexedFile> indexed_files_after(Database& database, ProjectId project,
                                             std::string_view after, std::size_t most) {
    Statement files(database, select_files(" AND path > ? ORDER BY path LIMIT ?"));
    auto query = files.run();
    query.bind(project.value).bind(after).bind(static_cast<std::int64_t>(most));
    std::vector<IndexedFile> rows;
    while (query.step()) rows.push_back(read_file(query));
    return rows;
}

std::vector<IndexedFile> indexed_files_at(Database& database, ProjectId project,
                                          const std::vector<std::string>& paths) {
    Statement at(database, select_files(" AND path = ?"));
    Statement below(database, select_files(" AND path > ? AND path < ?"));
    std::vector<IndexedFile> rows;
    for (const auto& path : paths) {
        auto file = at.run();
        file.bind(project.value).bind(path);
        while (file.step()) rows.push_back(read_file(file));
        // '0' follows '/' in byte order.
        const std::string first = path + '/';
        const std::string end = path + '0';
        auto files = below.run();
        files.bind(project.value).bind(first).bind(end);
        while (files.step()) rows.push_back(read_file(files));
    }
    return rows;
}

std::size_t count_files_at(Database& database, ProjectId project,
                           const std::vector<std::string>& paths, std::size_t most) {
    Statement count(database,
                    "SELECT count(*) FROM ("
                    "SELECT 1 FROM entity WHERE project_id = ?1 AND path = ?2 UNION ALL "
                    "SELECT 1 FROM entity WHERE project_id = ?1 AND path > ?2 || '/'"
                    " AND path < ?2 || '0' LIMIT ?3)");
    std::size_t counted = 0;
    for (const auto& path : paths) {
        if (counted >= most) break;
        auto query = count.run();
        query.bind(project.value).bind(path).bind(static_cast<std::int64_t>(most - counted));
        if (query.step()) counted += static_cast<std::size_t>(query.integer(0));
    }
    return counted;
}

}  // namespace bm
