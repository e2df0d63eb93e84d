#include <algorithm>
#include <chrono>

#include <poll.h>

#include "cli/application.hpp"
#include "cli/cloud_sync_commands.hpp"
#include "cli/commands.hpp"
#include "cli/sync_session.hpp"
#include "cloud/cloud_watch.hpp"
#include "cloud/local_changes.hpp"
#include "cloud/scope_state.hpp"
#include "cloud/space_sync.hpp"
#include "cloud/sync_lock.hpp"
#include "cloud/sync_profile.hpp"

namespace bm {

namespace {

/// What to run, and on what.
struct CloudRounds {
    std::string command;
    bool space_only = false;
};

CloudResult<SyncWish> wish_of(const CloudBisyncCommand& command, const SyncSettings& settings,
                              const std::string& words) {
    SyncWish wish;
    wish.profile = command.profile.value_or(settings.profile);
    if (!find_profile(wish.profile)) {
        return cloud_fail(CloudFault::usage,
                          "Unknown profile: " + wish.profile + ". Choose safe, balanced or fast.");
    }
    wish.command = words;
    wish.dry_run = command.dry_run;
    wish.resync = command.resync;
    wish.force = command.force;
    wish.yes = command.yes;
    return wish;
}

/// Another folder for the space needs a baseline of its own.
CloudResult<void> take_dir(Application& application, SyncContext& context,
                           const CloudBisyncCommand& command) {
    if (!command.dir) return {};
    const auto folder = expanded_path(*command.dir, application.environment());
    if (const auto fine = check_root(context.settings, folder, "", context.mounts); !fine) {
        return tl::unexpected(fine.error());
    }
    if (resolved_path(folder) == resolved_path(context.settings.sync_dir)) return {};
    if (!command.resync) {
        return cloud_fail(CloudFault::not_initialized,
                          "--dir changes the sync directory; add --resync to establish a new "
                          "baseline");
    }
    context.settings.sync_dir = folder;
    return {};
}

std::vector<CloudReport> run_round(SyncContext& context, const HostView& view, const SyncWish& wish,
                                   bool space_only) {
    if (space_only) return {sync_space(context, view, wish)};
    return sync_all(context, view, wish);
}

void print_space_heading(Application& application, const SyncContext& context,
                         const CloudReport& report) {
    const std::string home = context.settings.home.string();
    Terminal& terminal = application.terminal();
    if (report.is_space) {
        terminal.line("Running bisync with profile '" + report.profile + "'");
        terminal.line("Local: " + with_home_as_tilde(context.settings.sync_dir.string(), home));
    } else {
        terminal.line("Bisync " + report.project + "...");
    }
}

int print_reports(Application& application, SyncContext& context,
                  const std::vector<CloudReport>& reports, const CloudBisyncCommand& command,
                  bool space_only) {
    int code = 0;
    for (const auto& report : reports) code = std::max(code, exit_code_of(report));
    if (command.json) {
        application.terminal().line(space_only && reports.size() == 1 ? report_json(reports[0])
                                                                      : reports_json(reports));
        return code;
    }
    for (const auto& report : reports) {
        print_space_heading(application, context, report);
        print_report(application, report, command.verbose,
                     report.resync ? "✓ Initial sync baseline established"
                                   : "✓ Sync completed - " + summary_text(report));
    }
    return code;
}

/// One round of watching: everything anew, so that logins, settings and locks of others count.
std::vector<CloudReport> watch_round(SyncContext& context, HostView& known, const SyncWish& wish,
                                     bool space_only) {
    CloudReport failed;
    failed.is_space = true;
    const auto lock =
        SyncLock::take(context.settings.lock_file(), wish.command, context.now_text());
    if (!lock) {
        failed.failure = lock.error();
        return {failed};
    }
    if (auto loaded = context.config.load()) context.settings = *std::move(loaded);
    const auto view = look_at_host(context);
    if (!view) {
        failed.failure = view.error();
        return {failed};
    }
    known = *view;
    return run_round(context, *view, wish, space_only);
}

/// Rounds that come sooner when a file here changes; heard from now on.
void hear_local_changes(CloudWatch& watch, SyncContext& context,
                        const std::shared_ptr<HostView>& view, bool space_only) {
    const auto changes = std::make_shared<LocalChanges>(open_file_events());
    const auto attend = [&context, changes, view, space_only] {
        return changes->watch(folders_to_watch(context, *view, space_only));
    };
    if (!attend())
        context.tell("Note: not every folder can be watched: the interval counts there.");
    watch.round = [&context, changes, view, round = watch.round] {
        auto reports = round();
        // What a round has fetched itself is no reason for another one.
        changes->pass_over([&] { return agreed_here(context, *view, reports); });
        return reports;
    };
    watch.wait_or_change = [&context, changes, attend](std::chrono::milliseconds time) {
        (void)attend();
        return changes->wait(time, context.stop) != LocalChanges::Woken::stop;
    };
}

int watch_space(Application& application, const CloudBisyncCommand& command,
                const CloudRounds& rounds) {
    const CloudWork work{rounds.command, false, true, false, true, {}, true};
    return with_cloud(application, work, [&](SyncContext& context, HostView& view) {
        const auto wish = wish_of(command, context.settings, rounds.command);
        if (!wish) return tell_failure(application, wish.error(), false);
        const auto space = space_scope(context.settings, view.tenant);
        const bool is_ready = is_initialized(space, read_scope_state(space));
        if (!is_ready && (rounds.space_only || context.settings.attached.empty())) {
            return tell_failure(application,
                                {CloudFault::not_initialized,
                                 "First bisync requires --resync to establish baseline",
                                 "Run: bm cloud bisync --resync"},
                                false);
        }
        CloudWatch watch;
        watch.interval = std::chrono::seconds(
            command.interval.value_or(std::max(1, context.settings.auto_sync_interval)));
        const auto known = std::make_shared<HostView>(view);
        watch.round = [&, known] { return watch_round(context, *known, *wish, rounds.space_only); };
        watch.wait = [&context](std::chrono::milliseconds time) {
            pollfd stop{context.stop.descriptor, POLLIN, 0};
            return !context.stop.was_made() &&
                   ::poll(&stop, 1, static_cast<int>(time.count())) <= 0;
        };
        if (context.settings.watch_local)
            hear_local_changes(watch, context, known, rounds.space_only);
        watch.now = [] { return std::chrono::steady_clock::now(); };
        watch.say = context.say;
        watch.shows_quiet_rounds = application.terminal().is_interactive();
        watch_cloud(watch);
        return 0;
    });
}

/// Of this machine: nobody is asked for them.
int print_last_reports(Application& application, const CloudWork& work) {
    const auto session = application.open_sync();
    if (!session) return tell_failure(application, session.error(), work);
    for (const auto& text : last_reports(session->settings.histories())) {
        application.terminal().print(text);
    }
    return 0;
}

int run_rounds(Application& application, const CloudBisyncCommand& command,
               const CloudRounds& rounds) {
    const CloudWork work{rounds.command, true, false, command.json, false, {}, true};
    if (command.watch && (command.force || command.yes)) {
        return tell_failure(application,
                            {CloudFault::usage,
                             "--force and --yes are not for --watch: nobody looks at what it "
                             "would delete.",
                             ""},
                            work);
    }
    if (command.watch && command.json) {
        return tell_failure(
            application,
            {CloudFault::usage, "--json is not for --watch: it never ends with one object.", ""},
            work);
    }
    if (command.watch) return watch_space(application, command, rounds);
    if (command.report) return print_last_reports(application, work);
    return with_cloud(application, work, [&](SyncContext& context, HostView& view) {
        const auto wish = wish_of(command, context.settings, rounds.command);
        if (!wish) return tell_failure(application, wish.error(), work);
        if (const auto taken = take_dir(application, context, command); !taken) {
            return tell_failure(application, taken.error(), work);
        }
        const auto reports = run_round(context, view, *wish, rounds.space_only);
        // Not before a run has shown that it works there.
        if (command.dir && !command.dry_run && !reports.empty() && reports.front().ok()) {
            const auto set = context.config.set_sync_dir(context.settings.sync_dir);
            if (!set) return tell_failure(application, set.error(), work);
        }
        if (reports.empty() && command.json) {
            return tell_failure(
                application,
                {CloudFault::not_set_up, "There is nothing to sync.", "Run: bm cloud bisync-setup"},
                work);
        }
        if (reports.empty()) return kExitFailure;
        return print_reports(application, context, reports, command, rounds.space_only);
    });
}

}  // namespace

int run_cloud_bisync(Application& application, const CloudBisyncCommand& command) {
    return run_rounds(application, command, {"bm cloud bisync", true});
}

int run_cloud_sync(Application& application, const CloudBisyncCommand& command) {
    return run_rounds(application, command, {"bm sync", false});
}

int run_cloud_check(Application& application, const CloudCheckCommand& command) {
    const CloudWork work{"bm cloud check", false, false, command.json, false, {}, true};
    return with_cloud(application, work, [&](SyncContext& context, HostView& view) {
        if (const auto rclone = ready_rclone(context, RcloneNeed::one_way); !rclone)
            return tell_failure(application, rclone.error(), work);
        if (!is_space_set_up(context, view)) {
            return tell_failure(
                application,
                {CloudFault::not_set_up, "Space sync is not set up.", "Run: bm cloud bisync-setup"},
                work);
        }
        const auto found = compare_space(context, view, command.one_way);
        if (!found) return tell_failure(application, found.error(), work);
        return print_comparison(application, *found,
                                {"", "bm sync", command.verbose, command.exit_code, command.json});
    });
}

int run_cloud_bisync_reset(Application& application) {
    return with_cloud(
        application, {"bm cloud bisync-reset", true, false, false},
        [&](SyncContext& context, HostView& view) {
            const auto reset = reset_scope(space_scope(context.settings, view.tenant));
            if (!reset) return tell_failure(application, reset.error(), false);
            application.terminal().line(*reset ? "Cleared bisync state for the space"
                                               : "No bisync state found for the space");
            return 0;
        });
}

}  // namespace bm
