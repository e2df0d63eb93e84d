#include "server/reply.hpp"

#include <utility>

namespace bm {

Reply::Reply(Reply&& other) noexcept
    : requests_(std::exchange(other.requests_, nullptr)), ticket_(std::move(other.ticket_)) {}

Reply::~Reply() {
    if (requests_ == nullptr) return;
    // A destructor must not throw; with no memory for an error message the client times out.
    try {
        error({error_code::internal, "The server gave no answer to this request"});
    } catch (...) {
        requests_ = nullptr;
    }
}

std::optional<InFlight::Taken> Reply::take() {
    InFlight* requests = std::exchange(requests_, nullptr);
    return requests == nullptr ? std::nullopt : requests->take(ticket_);
}

// The message first: whoever takes the request out must be able to answer it.

void Reply::result(Json value) {
    Json message = result_message(ticket_.id, std::move(value));
    if (auto taken = take()) taken->sink->answer(std::move(message));
}

void Reply::error(const ProtocolError& error) {
    Json message = error_message(ticket_.id, error);
    if (auto taken = take()) taken->sink->answer(std::move(message));
}

}  // namespace bm
