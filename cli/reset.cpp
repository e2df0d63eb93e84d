#include <algorithm>
#include <charconv>
#include <system_error>

#include <nlohmann/json.hpp>
#include <unistd.h>

#include "cli/cloud_connection.hpp"
#include "cli/confirmation.hpp"
#include "cli/upkeep_commands.hpp"
#include "markdown/text.hpp"
#include "sync/reconcile.hpp"

namespace bm {

namespace fs = std::filesystem;

namespace {

bool holds_index(const fs::path& process, const std::string& index) {
    std::error_code problem;
    for (fs::directory_iterator at(process / "fd", problem), end; !problem && at != end;
         at.increment(problem)) {
        std::error_code gone;
        const std::string target = fs::read_symlink(at->path(), gone).string();
        const bool is_index =
            target == index || target == index + "-wal" || target == index + "-shm";
        if (!gone && is_index) return true;
    }
    return false;
}

/// Removes the index with what SQLite keeps beside it, and makes an empty one.
Result<void> replace_by_empty(Application& application) {
    const fs::path file = application.directory().index();
    for (const char* suffix : {"", "-wal", "-shm"}) {
        std::error_code problem;
        fs::remove(file.string() + suffix, problem);
        if (problem) {
            return fail(Fault::unavailable,
                        "cannot remove " + file.string() + suffix + ": " + problem.message() +
                            ". Close the assistants that use it and try again.");
        }
    }
    // Opening makes the tables; the projects come from the configuration.
    (void)application.knowledge().projects();
    return {};
}

Result<void> index_all(Application& application, bool quiet) {
    Terminal& terminal = application.terminal();
    const auto projects = application.knowledge().projects();
    if (projects.empty()) {
        if (!quiet) terminal.line("No projects configured. Skipping reindex.");
        return {};
    }
    if (!quiet) {
        terminal.line("Rebuilding search index for " + std::to_string(projects.size()) +
                      " project(s)...");
    }
    for (const Project& project : projects) {
        if (!quiet) terminal.line("Indexing " + project.name.str() + "...");
        SyncOptions options;
        options.full = true;
        options.progress = [&](std::size_t done, std::size_t total) {
            terminal.progress("Indexing " + project.name.str(), done, total);
        };
        const auto report = reconcile_project(application.knowledge(), project, options);
        terminal.end_progress();
        if (!report) return tl::unexpected(report.error());
    }
    if (!quiet) terminal.line("Reindex complete");
    return {};
}

}  // namespace

std::vector<int> processes_using(const fs::path& index) {
    std::vector<int> found;
    std::error_code problem;
    const std::string file = fs::weakly_canonical(index, problem).string();
    for (fs::directory_iterator at("/proc", problem), end; !problem && at != end;
         at.increment(problem)) {
        const std::string name = at->path().filename().string();
        int process = 0;
        const auto [last, bad] = std::from_chars(name.data(), name.data() + name.size(), process);
        if (bad != std::errc{} || last != name.data() + name.size()) continue;
        if (process != ::getpid() && holds_index(at->path(), file)) found.push_back(process);
    }
    std::sort(found.begin(), found.end());
    return found;
}

int run_reset(Application& application, const ResetCommand& command) {
    if (const auto refused = refused_on_cloud(application, "reset")) return *refused;
    Terminal& terminal = application.terminal();
    const auto others =
        command.force ? std::vector<int>{} : processes_using(application.directory().index());
    if (!others.empty()) {
        std::vector<std::string> numbers;
        for (const int process : others) numbers.push_back(std::to_string(process));
        return fail_command(application,
                            "the index is in use by process " + join(numbers, ", ") +
                                ". Close the assistants that run it, or give --force.");
    }
    if (!command.json) {
        terminal.line("This deletes the index only. Your notes and the list of projects stay.");
    }
    if (command.json && !command.yes) {
        fail_command(application, "with --json nobody is asked: give --yes, too.");
        return kExitUsage;
    }
    if (!command.yes && !confirmed(terminal, "Reset the database index?")) {
        terminal.error("Nothing was changed.");
        return kExitFailure;
    }
    if (const auto usable = application.knowledge().check_config(); !usable) {
        return fail_command(application, usable.error().message);
    }
    if (const auto replaced = replace_by_empty(application); !replaced) {
        return fail_command(application, replaced.error().message);
    }
    if (!command.json) terminal.line("Database reset complete");
    const auto indexed = command.reindex ? index_all(application, command.json) : Result<void>{};
    if (command.json) {
        const Json report = {{"index", application.directory().index().string()},
                             {"reset", true},
                             {"reindexed", command.reindex && indexed.has_value()}};
        terminal.line(report.dump(2, ' ', true, Json::error_handler_t::replace));
    }
    if (!indexed) return fail_command(application, indexed.error().message);
    return 0;
}

}  // namespace bm
