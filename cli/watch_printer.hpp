#pragma once

#include <map>
#include <string>

#include "cli/terminal.hpp"
#include "sync/unreadable_folder.hpp"
#include "sync/watch_listener.hpp"

namespace bm {

/// Prints what a watcher does, a line for each thing. What stays in the way is said once, although
/// it is met again and again. One thread.
class WatchPrinter {
public:
    explicit WatchPrinter(Terminal& terminal) : terminal_(terminal) {}

    /// Lives as long as this.
    WatchListener listener();

private:
    void say(const Project& project, const std::string& text);
    void print_state(const Project& project, WatchState state);
    void print_report(const Project& project, const SyncReport& report);
    void print_changes(const Project& project, const SyncReport& report);
    void print_folders(const Project& project, const SyncReport& report);
    void print_problem(const Project& project, const std::string& problem);

    /// What was said of a project last.
    struct Said {
        std::map<std::string, std::string> folders;  ///< that cannot be read
        std::string problem;                         ///< because of which a run broke off
    };

    Terminal& terminal_;
    std::map<std::string, Said> said_;
};

}  // namespace bm
