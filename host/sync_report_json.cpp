#include "host/sync_report_json.hpp"

#include <algorithm>

#include "markdown/written_time.hpp"
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

Timestamp moment_in(const std::string& text) {
    const auto written = parse_iso_time(text);
    return written ? to_timestamp(*written) : Timestamp();
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

std::optional<SyncReport> sync_report_from_json(std::string_view text) {
    const Json body = Json::parse(text, nullptr, false);
    if (!body.is_object() || !body.contains("new") || !body.contains("deleted"))
        return std::nullopt;
    SyncReport report;
    const auto take_paths = [&body](const char* name, std::vector<std::string>& paths) {
        for (const Json& path : body.value(name, Json::array())) {
            if (path.is_string()) paths.push_back(path.get<std::string>());
        }
        std::sort(paths.begin(), paths.end());
    };
    take_paths("new", report.added);
    take_paths("modified", report.modified);
    take_paths("deleted", report.deleted);
    const Json moves = body.value("moves", Json::object());
    for (const auto& [from, to] : moves.items()) {
        if (to.is_string()) report.moved[from] = to.get<std::string>();
    }
    const Json checksums = body.value("checksums", Json::object());
    for (const auto& [path, sum] : checksums.items()) {
        const auto checksum =
            sum.is_string() ? Checksum::from_hex(sum.get_ref<const std::string&>()) : std::nullopt;
        if (checksum) report.checksums.emplace(path, *checksum);
    }
    for (const Json& file : body.value("skipped_files", Json::array())) {
        if (!file.is_object()) continue;
        report.skipped.push_back({file.value("path", ""), file.value("reason", ""),
                                  file.value("failure_count", std::int64_t{0}),
                                  moment_in(file.value("first_failed", ""))});
    }
    return report;
}

}  // namespace bm
