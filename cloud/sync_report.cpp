#include "cloud/sync_report.hpp"

#include <algorithm>
#include <fstream>
#include <iterator>
#include <map>

#include <nlohmann/json.hpp>

#include "cloud/scope.hpp"
#include "markdown/text.hpp"
#include "repository/note_files.hpp"

namespace bm {

namespace fs = std::filesystem;

namespace {

using ReportJson = nlohmann::ordered_json;

ReportJson json_of(const CloudReport& report) {
    const FileActions& actions = report.actions;
    ReportJson conflicts = ReportJson::array();
    for (const auto& each : actions.conflicts) {
        conflicts.push_back({{"path", each.path}, {"kept", each.kept}});
    }
    ReportJson error;
    if (const auto& failure = report.failure) {
        error = {{"code", cloud_fault_name(failure->fault)},
                 {"message", failure->message},
                 {"hint", failure->hint}};
    }
    return {{"ok", report.ok()},
            {"scope", report.is_space ? "space" : "project"},
            {"project", report.is_space ? ReportJson() : ReportJson(report.project)},
            {"dry_run", report.dry_run},
            {"resync", report.resync},
            {"profile", report.profile},
            {"rclone", {{"version", report.rclone_version}, {"tier", 3}}},
            {"uploaded", actions.uploaded},
            {"downloaded", actions.downloaded},
            {"deleted_local", actions.deleted_local},
            {"deleted_remote", actions.deleted_remote},
            {"renamed", actions.renamed},
            {"conflicts", conflicts},
            {"registered", report.registered},
            {"skipped", report.skipped},
            {"warnings", report.warnings},
            {"duration_ms", report.duration_ms},
            {"recovered", report.recovered},
            {"error", error}};
}

std::string dumped(const ReportJson& object) {
    return object.dump(2, ' ', true, ReportJson::error_handler_t::replace);
}

std::string counted(std::size_t count, std::string_view what) {
    return std::to_string(count) + (count == 1 ? " file " : " files ") + std::string(what);
}

/// The scope in the name of a history file.
std::string scope_of_file(const std::string& name) {
    const auto dash = name.find('-');
    return dash == std::string::npos ? name : name.substr(dash + 1);
}

std::vector<fs::path> sorted_files(const fs::path& folder) {
    std::vector<fs::path> files;
    std::error_code ignored;
    for (const auto& entry : fs::directory_iterator(folder, ignored)) {
        if (entry.path().extension() == ".json") files.push_back(entry.path());
    }
    std::sort(files.begin(), files.end());
    return files;
}

}  // namespace

std::string report_json(const CloudReport& report) { return dumped(json_of(report)); }

std::string reports_json(const std::vector<CloudReport>& reports) {
    ReportJson results = ReportJson::array();
    bool ok = true;
    for (const auto& each : reports) {
        results.push_back(json_of(each));
        ok = ok && each.ok();
    }
    return dumped({{"ok", ok}, {"results", results}});
}

std::string summary_text(const CloudReport& report) {
    const FileActions& actions = report.actions;
    std::vector<std::string> parts;
    const auto add = [&parts](std::size_t count, std::string_view what) {
        if (count > 0) parts.push_back(counted(count, what));
    };
    add(actions.uploaded.size(), "uploaded");
    add(actions.downloaded.size(), "downloaded");
    add(actions.deleted_local.size() + actions.deleted_remote.size(), "deleted");
    add(actions.conflicts.size(), "in conflict");
    return parts.empty() ? "no changes" : join(parts, ", ");
}

std::vector<std::string> action_lines(const CloudReport& report) {
    std::vector<std::string> lines;
    const bool dry = report.dry_run;
    const auto add = [&](const std::vector<std::string>& paths, const char* would,
                         const char* before, const char* after) {
        for (const auto& path : paths) {
            lines.push_back(dry ? std::string("would ") + would + ": " + path
                                : before + path + after);
        }
    };
    const FileActions& actions = report.actions;
    add(actions.uploaded, "upload", "↑ ", "");
    add(actions.downloaded, "download", "↓ ", "");
    add(actions.deleted_remote, "delete in cloud", "✗ ", " (cloud)");
    add(actions.deleted_local, "delete locally", "✗ ", " (local)");
    for (const auto& each : actions.conflicts) {
        lines.push_back(dry ? "would rename: " + each.path : "! " + each.path + " (conflict)");
    }
    return lines;
}

void keep_in_history(const fs::path& folder, const CloudReport& report, std::string_view stamp,
                     int keep) {
    if (report.dry_run || (report.ok() && report.actions.is_empty() && report.registered.empty())) {
        return;
    }
    std::string scope = report.is_space ? "space" : state_name(report.project, "");
    const auto file = folder / (std::string(stamp) + "-" + scope + ".json");
    (void)write_file_atomically(file, report_json(report) + '\n', 0600);
    auto files = sorted_files(folder);
    const auto most = static_cast<std::size_t>(std::max(keep, 1));
    std::error_code ignored;
    for (std::size_t i = 0; i + most < files.size(); ++i) fs::remove(files[i], ignored);
}

std::vector<KeptReport> last_reports(const fs::path& folder) {
    std::map<std::string, fs::path> newest;
    for (const auto& file : sorted_files(folder)) {
        newest[scope_of_file(file.filename().string())] = file;
    }
    std::vector<KeptReport> reports;
    for (const auto& [scope, file] : newest) {
        std::ifstream in(file, std::ios::binary);
        const std::string name = file.filename().string();
        reports.push_back({name.substr(0, name.find('-')),
                           {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()}});
    }
    return reports;
}

}  // namespace bm
