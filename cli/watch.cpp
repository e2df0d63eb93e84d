#include <ctime>
#include <string>
#include <utility>

#include <poll.h>

#include "cli/commands.hpp"
#include "server/stop_signals.hpp"
#include "sync/watcher.hpp"

namespace bm {

namespace {

// A first index of a large project is told in one line.
constexpr std::size_t kMostLines = 50;

std::string clock_time() {
    const std::time_t now = std::time(nullptr);
    std::tm local{};
    ::localtime_r(&now, &local);
    std::string text(8, '\0');
    std::strftime(text.data(), text.size() + 1, "%H:%M:%S", &local);
    return text;
}

/// Prints what the watcher does. On the watcher's thread, while the main thread sleeps.
class WatchPrinter {
public:
    explicit WatchPrinter(Terminal& terminal) : terminal_(terminal) {}

    WatchListener listener() {
        return {.state = [this](const Project& project,
                                WatchState state) { print_state(project, state); },
                .indexed = [this](const Project& project,
                                  const SyncReport& report) { print_report(project, report); }};
    }

private:
    void say(const Project& project, const std::string& text) {
        terminal_.line(clock_time() + ' ' + project.name.str() + ": " + text);
    }

    void print_state(const Project& project, WatchState state) {
        const std::string path = project.path.string();
        switch (state) {
            case WatchState::watching:
                return say(project, "watching " + path);
            case WatchState::scanning:
                return say(project, "cannot be told of every change in " + path +
                                        "; it is scanned now and then (see the log)");
            case WatchState::waiting:
                return say(project, "another process watches " + path +
                                        "; this one takes over when that one ends");
            case WatchState::missing:
                return say(project, "the folder " + path +
                                        " or its disk is not there; its notes stay in the index "
                                        "until it comes back");
        }
    }

    void print_report(const Project& project, const SyncReport& report) {
        const std::size_t changes = report.added.size() + report.modified.size() +
                                    report.moved.size() + report.deleted.size();
        if (changes > kMostLines) {
            say(project, "indexed " + std::to_string(changes) +
                             " files (new: " + std::to_string(report.added.size()) +
                             ", modified: " + std::to_string(report.modified.size()) +
                             ", moved: " + std::to_string(report.moved.size()) +
                             ", deleted: " + std::to_string(report.deleted.size()) + ")");
        } else {
            for (const auto& path : report.added) say(project, "+ " + path);
            for (const auto& path : report.modified) say(project, "~ " + path);
            for (const auto& [from, to] : report.moved) say(project, "↔ " + from + " → " + to);
            for (const auto& path : report.deleted) say(project, "- " + path);
        }
        for (const auto& file : report.failed) {
            say(project, "! " + file.path + " was not indexed: " + file.reason);
        }
    }

    Terminal& terminal_;
};

}  // namespace

int run_watch(Application& application) {
    KnowledgeBase& knowledge = application.knowledge();
    if (const auto usable = knowledge.check_config(); !usable) {
        return fail_command(application, usable.error().message);
    }
    if (!knowledge.config()->sync_changes) {
        return fail_command(application, "Watching is switched off: sync_changes is false in " +
                                             application.directory().config().string() + '.');
    }
    const StopSignals signals;
    WatchPrinter printer(application.terminal());
    Watcher::Options options;
    options.listener = printer.listener();
    application.terminal().error("Watching for changes. Press Ctrl+C to stop.");
    const Watcher watcher(knowledge, std::move(options));
    pollfd source{signals.fd(), POLLIN, 0};
    while (::poll(&source, 1, -1) < 1) {
    }
    return signals.was_interrupt() ? kExitInterrupted : 0;
}

}  // namespace bm
