#pragma once

#include <functional>
#include <map>
#include <mutex>
#include <string>

#include "repository/entity.hpp"

namespace bm {

/// Something that readers may want to hear about, after it is committed.
struct NoteChange {
    enum class Kind { written, moved, removed, projects };
    Kind kind;
    std::string project;    ///< name; empty for `projects`
    std::string permalink;  ///< of the note, or its path when it has none
    std::string path = {};
    std::string title = {};
    std::string external_id = {};
};
NoteChange note_change(NoteChange::Kind kind, const std::string& project, const Entity& note);

/// Tells listeners about changes. Thread-safe; a listener runs on the thread that made the change
/// and must be quick.
class ChangeFeed {
public:
    using Listener = std::function<void(const NoteChange&)>;

    /// Listens until `stop` is called with the number returned here.
    int listen(Listener listener);
    void stop(int listener);
    void publish(const NoteChange& change);

private:
    std::mutex mutex_;
    std::map<int, Listener> listeners_;
    int next_ = 1;
};

}  // namespace bm
