#include "server/replay_buffer.hpp"

#include <utility>

namespace bm {

void ReplayBuffer::add(std::string bytes) {
    bytes_ += bytes.size();
    events_.push_back({++last_, std::move(bytes)});
    while (events_.size() > limits_.events || bytes_ > limits_.bytes) {
        bytes_ -= events_.front().bytes.size();
        events_.pop_front();
    }
}

std::optional<std::string> ReplayBuffer::after(std::uint64_t number) const {
    const std::uint64_t oldest = last_ + 1 - events_.size();
    if (number > last_ || number + 1 < oldest) return std::nullopt;
    std::string out;
    for (const Event& event : events_) {
        if (event.number > number) out += event.bytes;
    }
    return out;
}

}  // namespace bm
