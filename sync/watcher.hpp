#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <thread>

#include "repository/file_events.hpp"
#include "sync/watch_listener.hpp"

namespace bm {

/// Keeps the index in step with the files of every project, or of the one the process is bound to,
/// while tool calls are answered: on one thread that sleeps until the system tells of a change, the
/// configuration is replaced, or KnowledgeBase::wishes has something, and a second one for runs
/// over whole projects. While the settings say `sync_changes: false` it waits for them to change.
/// Ends early when destroyed.
class Watcher {
public:
    struct Options {
        std::function<std::unique_ptr<FileEvents>()> open_events = open_file_events;
        WatchListener listener = {};
        /// Between scans where changes are not told.
        std::chrono::milliseconds slow_scan{60'000};
    };

    explicit Watcher(KnowledgeBase& knowledge) : Watcher(knowledge, Options{}) {}
    Watcher(KnowledgeBase& knowledge, Options options);

private:
    std::jthread thread_;
};

}  // namespace bm
