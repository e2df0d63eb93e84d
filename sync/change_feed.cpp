#include "sync/change_feed.hpp"

#include <string>
#include <system_error>

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

void ChangeFeed::publish(const std::vector<NoteChange>& changes) {
    for (const auto& change : changes) tell(change);
    if (mailboxes_.empty() || changes.empty()) return;
    std::filesystem::path own;
    {
        const std::scoped_lock lock(others_mutex_);
        if (others_) own = others_->own_mailbox();
    }
    // Mostly nobody is there, and no letter is written.
    post_letters(mailboxes_, own, [&] {
        std::vector<std::string> letters;
        letters.reserve(changes.size());
        for (const auto& change : changes) letters.push_back(change_letter(change));
        return letters;
    });
}

void ChangeFeed::tell(const NoteChange& change) {
    // Called under the lock, so that a listener is never called after stop() has returned.
    const std::scoped_lock lock(mutex_);
    for (const auto& [number, listener] : listeners_) listener(change);
}

bool ChangeFeed::hear_others() {
    const std::scoped_lock lock(others_mutex_);
    if (others_ || mailboxes_.empty()) return true;
    try {
        others_ = std::make_unique<ForeignChanges>(
            mailboxes_, [this](const NoteChange& change) { tell(change); });
        return true;
    } catch (const std::system_error&) {
        return false;
    }
}

}  // namespace bm
