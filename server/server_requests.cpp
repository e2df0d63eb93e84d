#include "server/server_requests.hpp"

#include <string>
#include <utility>

namespace bm {

RequestId ServerRequests::open() {
    const std::scoped_lock lock(mutex_);
    // Ids of the two sides are apart; the prefix is for those who read a log.
    const RequestId id = *RequestId::from(Json("server-" + std::to_string(++last_number_)));
    open_.emplace(id, std::nullopt);
    return id;
}

void ServerRequests::close(const RequestId& id) {
    const std::scoped_lock lock(mutex_);
    open_.erase(id);
}

bool ServerRequests::on_response(Response response) {
    {
        const std::scoped_lock lock(mutex_);
        const auto found = response.id ? open_.find(*response.id) : open_.end();
        if (found == open_.end() || found->second) return false;
        found->second = std::move(response.body);
    }
    answered_.notify_all();
    return true;
}

std::optional<Json> ServerRequests::wait(const RequestId& id, const std::stop_token& stop,
                                         Moment deadline) {
    std::unique_lock lock(mutex_);
    std::optional<Json>& answer = open_.at(id);
    if (!answered_.wait_until(lock, stop, deadline, [&] { return answer.has_value(); })) {
        return std::nullopt;
    }
    return std::exchange(answer, std::nullopt);
}

}  // namespace bm
