#include "repository/files_below.hpp"

#include <string>

namespace bm {

namespace {

constexpr std::string_view kIndexedFileColumns =
    "SELECT id, path, mtime_ns, size, inode, ctime_ns, checksum FROM entity WHERE project_id = ?";

void take_indexed_files(Query query, std::vector<IndexedFile>& rows) {
    while (query.step()) {
        rows.push_back({.id = {query.integer(0)},
                        .path = RelativePath::parse(query.text(1)).value(),
                        .stamp = {.mtime_ns = query.integer(2),
                                  .size = query.integer(3),
                                  .inode = query.integer(4),
                                  .ctime_ns = query.integer(5)},
                        .checksum = Checksum::from_raw(query.blob(6)).value()});
    }
}

}  // namespace

FilesBelow::FilesBelow(Database& database)
    : at_(database, std::string(kIndexedFileColumns) + " AND path = ?"),
      below_(database, std::string(kIndexedFileColumns) + " AND path > ? AND path < ?") {}

void FilesBelow::collect(ProjectId project, std::string_view path, std::vector<IndexedFile>& rows) {
    auto at = at_.run();
    at.bind(project.value).bind(path);
    take_indexed_files(std::move(at), rows);
    // '0' follows '/' in byte order.
    const std::string first = std::string(path) + '/';
    const std::string end = std::string(path) + '0';
    auto below = below_.run();
    below.bind(project.value).bind(first).bind(end);
    take_indexed_files(std::move(below), rows);
}

}  // namespace bm
