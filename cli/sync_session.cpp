#include "cli/sync_session.hpp"

#include <array>
#include <cerrno>
#include <chrono>
#include <iostream>
#include <string>

#include <poll.h>
#include <unistd.h>

#include "cli/application.hpp"
#include "cli/commands.hpp"
#include "cli/transfer_progress.hpp"
#include "cloud/known_tenant.hpp"
#include "cloud/old_state.hpp"
#include "cloud/sync_lock.hpp"
#include "markdown/text.hpp"
#include "server/stop_signals.hpp"

namespace bm {

namespace {

bool asks_at_terminal(const CloudWork& work, Application& application) {
    return !work.is_watch && !work.json && application.terminal().is_interactive() &&
           ::isatty(STDIN_FILENO) == 1;
}

/// Ctrl+C and SIGTERM mean no.
bool ask_at_terminal(Application& application, const StopRequest& stop,
                     const std::string& question) {
    application.terminal().end_progress();
    application.terminal().print(printable(question) + " [y/N] ");
    std::array<pollfd, 2> sources{{{STDIN_FILENO, POLLIN, 0}, {stop.descriptor, POLLIN, 0}}};
    while (::poll(sources.data(), sources.size(), -1) < 0 && errno == EINTR) {
    }
    if (stop.was_made()) {
        application.terminal().line("");
        return false;
    }
    std::string answer;
    std::getline(std::cin, answer);
    const std::string word = to_lower(trim(answer));
    return word == "y" || word == "yes";
}

void connect_terminal(SyncContext& context, const CloudWork& work, Application& application) {
    Terminal& terminal = application.terminal();
    context.progress =
        [progress = std::make_shared<TransferProgress>(terminal)](const RcloneStats& stats) {
            progress->show(stats, std::chrono::steady_clock::now());
        };
    context.say = [&terminal, json = work.json](const std::string& line) {
        if (json) {
            terminal.error(line);
        } else {
            terminal.end_progress();
            terminal.line(line);
        }
    };
    if (asks_at_terminal(work, application)) {
        context.ask = [&application, stop = context.stop](const std::string& question) {
            return ask_at_terminal(application, stop, question);
        };
    }
}

/// Commands of projects are there in both modes: they are told which of their words is not.
CloudFailure in_words_of(const CloudWork& work, CloudFailure failure) {
    constexpr std::string_view group = "bm project ";
    if (failure.fault == CloudFault::not_cloud_mode && work.command.starts_with(group))
        failure.message = work.command.substr(group.size()) + " only available in cloud mode";
    return failure;
}

std::optional<HostView> view_from_memory(const SyncContext& context, const CloudWork& work,
                                         const CloudFailure& failure) {
    const bool is_enough =
        work.takes_memory && (failure.fault == CloudFault::network || !work.is_watch);
    return is_enough ? remembered_view(context.settings) : std::nullopt;
}

}  // namespace

int exit_code_of(const CloudReport& report) {
    if (report.ok()) return 0;
    if (report.failure->fault == CloudFault::interrupted) return kExitInterrupted;
    return report.failure->fault == CloudFault::usage ? kExitUsage : kExitFailure;
}

int tell_failure(Application& application, const CloudFailure& failure, const CloudWork& work) {
    CloudReport report;
    report.failure = failure;
    report.is_space = work.is_space;
    report.project = work.project.value_or("");
    application.terminal().name_failure(cloud_fault_name(failure.fault));
    if (work.json) {
        application.terminal().line(report_json(report));
    } else {
        application.terminal().error("Error: " + failure.message);
        if (!failure.hint.empty()) application.terminal().error(failure.hint);
    }
    return exit_code_of(report);
}

int tell_failure(Application& application, const CloudFailure& failure, bool json) {
    return tell_failure(application, failure, CloudWork{"", false, false, json});
}

void print_report(Application& application, const CloudReport& report, bool verbose,
                  const std::string& done) {
    Terminal& terminal = application.terminal();
    terminal.end_progress();
    if (report.dry_run) terminal.line("DRY RUN MODE - No changes will be made");
    if (report.recovered) terminal.line("Recovered from an interrupted sync.");
    for (const auto& command : report.commands) {
        if (verbose) terminal.line("Command: " + command);
    }
    if (verbose || report.dry_run) {
        for (const auto& line : action_lines(report)) terminal.line(line);
    }
    for (const auto& each : report.actions.conflicts) {
        if (report.dry_run) break;
        if (report.profile == "safe") {
            terminal.line("Conflict detected: " + each.path);
            terminal.line("Saved as: " + join(each.kept, " and "));
        } else {
            terminal.line("Resolving conflict: using newer version: " + each.path);
        }
    }
    if (!report.actions.conflicts.empty() && report.profile == "safe" && !report.dry_run) {
        terminal.line("Please resolve manually");
    }
    for (const auto& note : report.notes) terminal.line(note);
    for (const auto& warning : report.warnings) terminal.error("Warning: " + warning);
    if (report.failure) {
        tell_failure(application, *report.failure, false);
    } else if (report.dry_run) {
        terminal.line(summary_text(report));
        terminal.line("✓ Dry run completed successfully");
    } else {
        if (verbose) terminal.line("✓ Sync completed successfully");
        terminal.line(done);
    }
}

int with_cloud(Application& application, const CloudWork& work,
               const std::function<int(SyncContext&, HostView&)>& run) {
    auto session = application.open_sync(work.project);
    if (!session) return tell_failure(application, in_words_of(work, session.error()), work);
    const StopSignals signals;
    SyncContext context{session->settings,    *session->config, *session->host,
                        session->make_filter, system_now,       application.log()};
    context.stop = StopRequest{signals.fd()};
    connect_terminal(context, work, application);
    std::optional<SyncLock> lock;
    if (work.writes) {
        auto taken = SyncLock::take(context.settings.lock_file(), work.command, context.now_text());
        if (!taken) return tell_failure(application, taken.error(), work);
        lock = *std::move(taken);
        // Whoever held it may have changed them.
        auto settings = session->config->load();
        if (!settings) return tell_failure(application, settings.error(), work);
        context.settings = *std::move(settings);
    }
    auto view = look_at_host(context);
    if (!view) {
        auto known = view_from_memory(context, work, view.error());
        if (!known) return tell_failure(application, view.error(), work);
        application.terminal().error("Note: the host could not be asked: " + view.error().message);
        view = *std::move(known);
    }
    if (lock) {
        if (const auto done = adopt_old_states(context, *view); !done)
            return tell_failure(application, done.error(), work);
    }
    return run(context, *view);
}

}  // namespace bm
