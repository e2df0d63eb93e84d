#include "cli/sync_report_json.hpp"

#include <algorithm>

#include "repository/clock.hpp"

namespace bm {

namespace {

Json sorted(std::vector<std::string> paths) {
    std::sort(paths.begin(), paths.end());
    return paths;
}

Json files_json(const std::vector<SkippedFile>& files) {
    Json list = Json::array();
    for (const auto& file : files) {
        list.push_back({{"path", file.path},
                        {"reason", file.reason},
                        {"failure_count", file.failures},
                        {"first_failed", iso8601_utc(file.first_failed)}});
    }
    return list;
}

}  // namespace

Json sync_report_json(const SyncReport& report) {
    Json moves = Json::object();
    for (const auto& [from, to] : report.moved) moves[from] = to;
    Json checksums = Json::object();
    for (const auto& [path, sum] : report.checksums) checksums[path] = sum.hex();
    return {{"new", sorted(report.added)},
            {"modified", sorted(report.modified)},
            {"deleted", sorted(report.deleted)},
            {"moves", std::move(moves)},
            {"checksums", std::move(checksums)},
            {"skipped_files", files_json(report.skipped)},
            {"failed_files", files_json(report.failed)},
            {"total", report.added.size() + report.modified.size() + report.deleted.size() +
                          report.moved.size()},
            {"observed_files_count", report.total_files}};
}

}  // namespace bm
