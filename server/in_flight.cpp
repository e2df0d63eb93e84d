#include "server/in_flight.hpp"

#include <algorithm>
#include <utility>

namespace bm {

std::optional<InFlight::Admitted> InFlight::admit(const RequestId& id,
                                                  std::shared_ptr<AnswerSink> sink) {
    const std::scoped_lock lock(mutex_);
    if (open_.contains(id)) return std::nullopt;
    Taken entry{Ticket{id, ++last_number_}, std::stop_source(), std::move(sink)};
    Admitted admitted{entry.ticket, entry.stop.get_token()};
    open_.emplace(id, std::move(entry));
    return admitted;
}

std::optional<InFlight::Taken> InFlight::take(const Ticket& ticket) {
    const std::scoped_lock lock(mutex_);
    const auto found = open_.find(ticket.id);
    if (found == open_.end() || found->second.ticket.number != ticket.number) return std::nullopt;
    Taken taken = std::move(found->second);
    open_.erase(found);
    note_taken();
    return taken;
}

bool InFlight::cancel(const RequestId& id) {
    std::optional<Taken> taken;
    {
        const std::scoped_lock lock(mutex_);
        const auto found = open_.find(id);
        if (found == open_.end()) return false;
        taken = std::move(found->second);
        open_.erase(found);
        note_taken();
    }
    // Outside the lock: stop callbacks and sinks run code of others.
    taken->stop.request_stop();
    taken->sink->skip();
    return true;
}

bool InFlight::has_admitted() const {
    const std::scoped_lock lock(mutex_);
    return last_number_ > 0;
}

std::vector<InFlight::Taken> InFlight::take_all() {
    std::map<RequestId, Taken> rest;
    {
        const std::scoped_lock lock(mutex_);
        rest.swap(open_);
        if (!rest.empty()) note_taken();
    }
    std::vector<Taken> all;
    all.reserve(rest.size());
    for (auto& [id, taken] : rest) all.push_back(std::move(taken));
    std::sort(all.begin(), all.end(),
              [](const Taken& a, const Taken& b) { return a.ticket.number < b.ticket.number; });
    return all;
}

void InFlight::note_taken() {
    last_taken_ = clock_();
    if (open_.empty()) emptied_.notify_all();
}

Moment InFlight::last_taken() const {
    const std::scoped_lock lock(mutex_);
    return last_taken_;
}

bool InFlight::wait_until_empty(Moment deadline) {
    std::unique_lock lock(mutex_);
    return emptied_.wait_until(lock, deadline, [this] { return open_.empty(); });
}

}  // namespace bm
