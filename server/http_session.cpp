#include "server/http_session.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace bm {

HttpSession::HttpSession(std::string id, std::string owner, const RevisionPolicy& policy,
                         ChangeBus& changes, const Json& client_capabilities, SteadyClock clock,
                         std::optional<std::string> project, const SessionMemory& memory)
    : id_(std::move(id)),
      owner_(std::move(owner)),
      clock_(std::move(clock)),
      kept_(memory.kept),
      legacy_(policy, client_capabilities, memory.account),
      requests_(clock_),
      standalone_(memory.kept),
      notices_(standalone_, legacy_, changes, std::move(project)) {}

std::shared_ptr<SessionStream> HttpSession::open_stream(std::size_t expected,
                                                        const RevisionPolicy& spoken) {
    const std::scoped_lock lock(mutex_);
    trim_streams(max_kept_streams - 1);
    auto stream = std::make_shared<SessionStream>(
        ++last_stream_, older_of(legacy_.policy(), spoken), expected, !id_.empty(), kept_);
    streams_.emplace(last_stream_, stream);
    return stream;
}

std::shared_ptr<SessionStream> HttpSession::find_stream(std::uint64_t number) {
    const std::scoped_lock lock(mutex_);
    const auto found = streams_.find(number);
    return found == streams_.end() || found->second->is_forgotten() ? nullptr : found->second;
}

void HttpSession::forget_stream(std::uint64_t number) {
    const std::scoped_lock lock(mutex_);
    streams_.erase(number);
}

void HttpSession::forget_old_streams(Moment horizon) {
    const std::scoped_lock lock(mutex_);
    std::erase_if(streams_, [&](const auto& entry) {
        return entry.second->is_forgotten() ||
               (entry.second->is_complete() && entry.second->completed_at() < horizon);
    });
    trim_streams(max_kept_streams);
}

void HttpSession::trim_streams(std::size_t most) {
    std::size_t delivered = 0;
    for (auto next = streams_.end(); next != streams_.begin();) {
        --next;  // from the newest on
        if (next->second->is_complete() && next->second->is_delivered() &&
            ++delivered > max_delivered_streams) {
            next = streams_.erase(next);
        }
    }
    for (auto next = streams_.begin(); streams_.size() > most && next != streams_.end();) {
        next = next->second->is_complete() ? streams_.erase(next) : std::next(next);
    }
}

void HttpSession::stop_listening(const Outbox& outbox) {
    standalone_.detach(outbox);
    const std::scoped_lock lock(mutex_);
    listened_until_ = clock_();
}

Moment HttpSession::idle_since() {
    const std::scoped_lock lock(mutex_);
    return std::max(listened_until_, requests_.last_taken());
}

void HttpSession::on_notification(const Notification& notification) {
    if (notification.method == "notifications/initialized") {
        legacy_.set_ready();
    } else if (notification.method == "notifications/cancelled") {
        const auto raw = notification.params.find("requestId");
        if (raw == notification.params.end()) return;
        if (const auto id = RequestId::from(*raw)) requests_.cancel(*id);
    }
    // All others, known or not, ask nothing of us.
}

void HttpSession::on_response(Response response) {
    // What answers nothing is ignored.
    [[maybe_unused]] const bool expected = legacy_.requests().on_response(std::move(response));
}

void HttpSession::end() {
    for (auto& taken : requests_.take_all()) {
        taken.stop.request_stop();
        taken.sink->skip();
    }
    standalone_.end_all();
}

bool HttpSession::is_idle() {
    return standalone_.listeners() == 0 && requests_.wait_until_empty(Moment::min());
}

}  // namespace bm
