#include <algorithm>
#include <chrono>
#include <map>
#include <optional>
#include <thread>

#include <nlohmann/json.hpp>

#include "cli/cloud_commands.hpp"
#include "cli/cloud_connection.hpp"
#include "cli/commands.hpp"
#include "host/sync_report_json.hpp"
#include "markdown/percent_coding.hpp"
#include "markdown/permalink.hpp"
#include "sync/reconcile.hpp"
#include "sync/watch_status.hpp"

namespace bm {

namespace {

constexpr std::chrono::milliseconds kWaitStep{200};
constexpr std::chrono::milliseconds kCloudWaitStep{1000};

struct Counts {
    std::size_t added = 0, modified = 0, moved = 0, deleted = 0;
};

std::string top_folder(const std::string& path) { return path.substr(0, path.find('/')); }

std::string folder_line(const std::string& folder, bool is_folder, const Counts& counts) {
    std::string line = folder + (is_folder ? "/" : "");
    const auto part = [&line](const char* sign, std::size_t count, const char* word) {
        if (count > 0) line += std::string(" ") + sign + std::to_string(count) + " " + word;
    };
    part("+", counts.added, "new");
    part("~", counts.modified, "modified");
    part("↔", counts.moved, "moved");
    part("-", counts.deleted, "deleted");
    return line;
}

std::vector<std::string> short_lines(const SyncReport& report) {
    std::map<std::string, std::pair<bool, Counts>> folders;
    const auto count = [&folders](const std::string& path, std::size_t Counts::*which) {
        auto& entry = folders[top_folder(path)];
        entry.first = entry.first || path.find('/') != std::string::npos;
        ++(entry.second.*which);
    };
    for (const auto& path : report.added) count(path, &Counts::added);
    for (const auto& path : report.modified) count(path, &Counts::modified);
    for (const auto& path : report.deleted) count(path, &Counts::deleted);
    for (const auto& [from, to] : report.moved) {
        count(from, &Counts::moved);
        if (top_folder(from) != top_folder(to)) count(to, &Counts::moved);
    }
    std::vector<std::string> lines;
    for (const auto& [folder, entry] : folders)
        lines.push_back(folder_line(folder, entry.first, entry.second));
    return lines;
}

void add_branch(std::vector<std::string>& lines, const std::string& title,
                std::vector<std::string> leaves) {
    if (leaves.empty()) return;
    lines.push_back(title);
    std::sort(leaves.begin(), leaves.end());
    std::string folder;
    for (const auto& leaf : leaves) {
        const std::size_t slash = leaf.find('/');
        const std::string here = slash == std::string::npos ? "" : leaf.substr(0, slash + 1);
        if (here != folder && !here.empty()) lines.push_back("  " + here);
        folder = here;
        lines.push_back((here.empty() ? "  " : "    ") + leaf.substr(here.size()));
    }
}

/// Left alone until it changes; what has failed less often is tried by every sync.
bool is_given_up(const SkippedFile& file) { return file.failures >= kFailuresToGiveUp; }

std::vector<std::string> verbose_lines(const SyncReport& report) {
    const auto with_checksum = [&report](const std::string& path) {
        const auto sum = report.checksums.find(path);
        return sum == report.checksums.end() ? path : path + " (" + sum->second.short_hex() + ")";
    };
    std::vector<std::string> lines;
    std::vector<std::string> leaves;
    for (const auto& path : report.added) leaves.push_back(with_checksum(path));
    add_branch(lines, "New Files", std::move(leaves));
    leaves.clear();
    for (const auto& path : report.modified) leaves.push_back(with_checksum(path));
    add_branch(lines, "Modified", std::move(leaves));
    leaves.clear();
    for (const auto& [from, to] : report.moved) leaves.push_back(from + " → " + to);
    add_branch(lines, "Moved", std::move(leaves));
    add_branch(lines, "Deleted", report.deleted);
    leaves.clear();
    std::vector<std::string> tried;
    for (const auto& file : report.skipped) {
        (is_given_up(file) ? leaves : tried)
            .push_back(file.path + " (failures: " + std::to_string(file.failures) +
                       ", reason: " + file.reason + ")");
    }
    add_branch(lines, "! Not indexed", std::move(tried));
    add_branch(lines, "! Skipped (Circuit Breaker)", std::move(leaves));
    return lines;
}

std::string watching_line(const std::optional<WatchingProcess>& watching) {
    if (!watching)
        return "Nobody watches this project now: changes wait for the next server or sync";
    std::string line = "Watched by ";
    line += watching->process > 0 ? "process " + std::to_string(watching->process)
                                  : std::string("another process");
    return watching->since.empty() ? line : line + " since " + watching->since;
}

Json watching_json(const std::optional<WatchingProcess>& watching) {
    if (!watching) return nullptr;
    return {{"pid", watching->process}, {"since", watching->since}};
}

void print_status(Terminal& terminal, const std::string& project, const SyncReport& report,
                  bool verbose) {
    terminal.line(terminal.bold(project + ": Status"));
    auto lines = verbose ? verbose_lines(report) : short_lines(report);
    const auto given_up = std::count_if(report.skipped.begin(), report.skipped.end(), is_given_up);
    const auto tried = static_cast<std::ptrdiff_t>(report.skipped.size()) - given_up;
    if (!verbose && tried > 0) {
        lines.push_back("! " + std::to_string(tried) + " file(s) not indexed; sync tries again");
    }
    if (!verbose && given_up > 0) {
        lines.push_back("! " + std::to_string(given_up) +
                        " file(s) skipped due to repeated failures");
    }
    if (lines.empty()) lines.emplace_back("No changes");
    for (const auto& line : lines) terminal.line("  " + printable(line));
    for (const auto& folder : report.unreadable_folders) {
        terminal.error("Warning: " + unreadable_sentence(folder, report.hindrances));
    }
}

}  // namespace

int run_cloud_status(Application& application, const StatusCommand& command) {
    const auto cloud = connect_to_cloud(application);
    if (!cloud) return kExitFailure;
    std::string name;
    if (command.project) {
        const auto found = cloud->api.find_project(*command.project);
        if (!found) return fail_command(application, found.error());
        name = found->name;
    } else {
        const auto projects = cloud->api.projects();
        if (!projects) return fail_command(application, projects.error());
        for (const HostProject& project : *projects) {
            if (project.is_default || name.empty()) name = project.name;
        }
    }
    const std::string route = '/' + percent_encoded(slug(name), "/") + "/project/status";
    const auto deadline =
        std::chrono::steady_clock::now() + std::chrono::duration<double>(command.timeout);
    while (true) {
        const auto answer = cloud->api.post(route, "{}");
        if (!answer) return fail_command(application, answer.error());
        const auto report = sync_report_from_json(answer->body);
        if (answer->status != 200 || !report)
            return fail_command(application, api_failure(*answer));
        if (command.wait && !report->is_clean()) {
            if (std::chrono::steady_clock::now() < deadline) {
                std::this_thread::sleep_for(kCloudWaitStep);
                continue;
            }
            application.terminal().name_failure("timed_out");
            application.terminal().error(
                "Timed out after " + std::to_string(static_cast<long long>(command.timeout)) + "s");
            return kExitFailure;
        }
        if (command.json) {
            application.terminal().line(sync_report_json(*report).dump(
                2, ' ', true, nlohmann::json::error_handler_t::replace));
        } else {
            print_status(application.terminal(), name, *report, command.verbose);
        }
        return 0;
    }
}

int run_status(Application& application, const StatusCommand& given) {
    StatusCommand command = given;
    command.project = application.routed_project(given.project);
    if (application.works_on_cloud(command.project)) return run_cloud_status(application, command);
    const auto project = chosen_project(application, command.project);
    if (!project) return kExitFailure;
    const auto deadline =
        std::chrono::steady_clock::now() + std::chrono::duration<double>(command.timeout);
    auto report = compare_project(application.knowledge(), *project);
    while (command.wait && report && !report->is_clean()) {
        if (std::chrono::steady_clock::now() >= deadline) {
            application.terminal().name_failure("timed_out");
            application.terminal().error(
                "Timed out after " + std::to_string(static_cast<long long>(command.timeout)) + "s");
            return kExitFailure;
        }
        std::this_thread::sleep_for(kWaitStep);
        report = compare_project(application.knowledge(), *project);
    }
    if (!report) return fail_command(application, report.error().message);
    if (command.json) {
        Json told = sync_report_json(*report);
        told["watched_by"] = watching_json(who_watches(application.knowledge(), *project));
        application.terminal().line(
            told.dump(2, ' ', true, nlohmann::json::error_handler_t::replace));
    } else {
        print_status(application.terminal(), project->name.str(), *report, command.verbose);
        if (command.verbose) {
            application.terminal().line(
                "  " + watching_line(who_watches(application.knowledge(), *project)));
        }
    }
    return 0;
}

}  // namespace bm
