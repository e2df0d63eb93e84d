#include "server/kept_answers.hpp"

#include <utility>

#include "server/session_stream.hpp"

namespace bm {

std::uint64_t KeptAnswers::keep(std::weak_ptr<SessionStream> stream) {
    const std::scoped_lock lock(mutex_);
    kept_.emplace(++last_place_, std::move(stream));
    return last_place_;
}

void KeptAnswers::drop(std::uint64_t place) {
    const std::scoped_lock lock(mutex_);
    kept_.erase(place);
}

void KeptAnswers::make_room() {
    while (*total_ > most_bytes_) {
        // Outside the lock: whoever is the last to hold a stream drops it from here.
        const auto oldest = take_oldest();
        if (!oldest) return;
        oldest->forget();
    }
}

std::shared_ptr<SessionStream> KeptAnswers::take_oldest() {
    const std::scoped_lock lock(mutex_);
    while (!kept_.empty()) {
        auto oldest = kept_.begin()->second.lock();
        kept_.erase(kept_.begin());
        if (oldest) return oldest;
    }
    return nullptr;
}

}  // namespace bm
