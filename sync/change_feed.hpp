#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

#include "sync/foreign_changes.hpp"
#include "sync/note_change.hpp"

namespace bm {

/// Tells listeners about changes, of this process and, where somebody asked for it, of others.
/// Thread-safe; a listener must be quick. It runs on the thread that made the change, or on one
/// that hears others.
class ChangeFeed {
public:
    using Listener = std::function<void(const NoteChange&)>;

    /// `mailboxes` is the folder that all processes share; without one each hears itself only.
    explicit ChangeFeed(std::filesystem::path mailboxes = {}) : mailboxes_(std::move(mailboxes)) {}

    /// Listens until `stop` is called with the number returned here.
    int listen(Listener listener);
    void stop(int listener);
    /// Also to the other processes that listen.
    void publish(const std::vector<NoteChange>& changes);
    void publish(const NoteChange& change) { publish(std::vector{change}); }

    /// From now on what other processes commit is told, too. Once is enough. False when the system
    /// refuses what that takes.
    bool hear_others();

private:
    void tell(const NoteChange& change);

    std::filesystem::path mailboxes_;
    std::mutex mutex_;
    std::map<int, Listener> listeners_;
    int next_ = 1;
    std::mutex others_mutex_;
    std::unique_ptr<ForeignChanges> others_;  // last: its thread tells listeners
};

}  // namespace bm
