#include "sync/change_feed.hpp"

#include <utility>
#include <vector>

namespace bm {

NoteChange note_change(NoteChange::Kind kind, const std::string& project, const Entity& note) {
    return {kind,       project,         note.permalink.value_or(note.path.str()), note.path.str(),
            note.title, note.external_id};
}

int ChangeFeed::listen(Listener listener) {
    const std::scoped_lock lock(mutex_);
    const int number = next_++;
    listeners_.emplace(number, std::move(listener));
    return number;
}

void ChangeFeed::stop(int listener) {
    const std::scoped_lock lock(mutex_);
    listeners_.erase(listener);
}

void ChangeFeed::publish(const NoteChange& change) {
    // Called under the lock, so that a listener is never called after stop() has returned.
    const std::scoped_lock lock(mutex_);
    for (const auto& [number, listener] : listeners_) listener(change);
}

}  // namespace bm
