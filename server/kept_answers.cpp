#include "server/kept_answers.hpp"

#include <utility>
#include <vector>

#include "server/session_stream.hpp"

namespace bm {

void KeptAnswers::keep(std::weak_ptr<SessionStream> stream, std::size_t bytes) {
    std::vector<std::shared_ptr<SessionStream>> gone;
    {
        const std::scoped_lock lock(mutex_);
        kept_.push_back({std::move(stream), bytes});
        bytes_ += bytes;
        while (bytes_ > most_bytes_ && !kept_.empty()) {
            bytes_ -= kept_.front().bytes;
            if (auto oldest = kept_.front().stream.lock()) gone.push_back(std::move(oldest));
            kept_.pop_front();
        }
    }
    for (const auto& one : gone) one->forget();
}

}  // namespace bm
