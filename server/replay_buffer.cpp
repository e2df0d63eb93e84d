#include "server/replay_buffer.hpp"

#include <utility>

namespace bm {

void ReplayBuffer::add(std::string bytes) {
    bytes_ += bytes.size();
    if (total_) *total_ += bytes.size();
    events_.push_back({++last_, std::move(bytes)});
    while (events_.size() > limits_.events || bytes_ > limits_.bytes) drop_oldest();
}

void ReplayBuffer::clear() noexcept {
    while (!events_.empty()) drop_oldest();
}

void ReplayBuffer::drop_oldest() noexcept {
    const std::size_t size = events_.front().bytes.size();
    bytes_ -= size;
    if (total_) *total_ -= size;
    events_.pop_front();
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
