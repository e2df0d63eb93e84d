#pragma once

#include <functional>
#include <string>

#include "sync/reconcile.hpp"

namespace bm {

/// How one process stands to the changes of one project.
enum class WatchState {
    watching,  ///< it is told of each change
    scanning,  ///< it is not told of all changes and looks at everything now and then
    waiting,   ///< another process watches; this one takes over when that one ends
    missing,   ///< the folder or its disk is not there; its notes stay in the index
};

/// Who wants to know what a watcher does. Called on the watcher's thread; may be empty.
struct WatchListener {
    std::function<void(const Project&, WatchState)> state;
    /// After a run, whatever it found.
    std::function<void(const Project&, const SyncReport&)> indexed;
    /// A run broke off; it is tried again.
    std::function<void(const Project&, const std::string& problem)> failed = {};
};

}  // namespace bm
