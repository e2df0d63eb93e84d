#include "server/client_limits.hpp"

namespace bm {
namespace {

/// Clients whose rates are remembered; beyond them the one that was heard of longest ago starts
/// anew.
constexpr std::size_t most_remembered_clients = 1000;

}  // namespace

StreamSlots::Taken StreamSlots::take(const std::string& client) {
    const std::scoped_lock lock(mutex_);
    if (total_ >= limits_.total) return {nullptr, Refusal::all_taken};
    std::size_t& own = open_[client];
    if (!client.empty() && own >= limits_.per_client) {
        return {nullptr, Refusal::client_has_too_many};
    }
    ++own;
    ++total_;
    return {
        Slot(this, [client](void* slots) { static_cast<StreamSlots*>(slots)->give_back(client); }),
        Refusal::all_taken};
}

void StreamSlots::give_back(const std::string& client) {
    const std::scoped_lock lock(mutex_);
    --total_;
    const auto own = open_.find(client);
    if (--own->second == 0) open_.erase(own);
}

bool ClientRates::admits(const std::string& client, Moment now) {
    const std::scoped_lock lock(mutex_);
    const auto known = clients_.find(client);
    if (known != clients_.end()) {
        recent_.splice(recent_.begin(), recent_, known->second.place);
        return known->second.rate.admits(now);
    }
    if (clients_.size() >= most_remembered_clients) {
        clients_.erase(recent_.back());
        recent_.pop_back();
    }
    recent_.push_front(client);
    const auto added = clients_.emplace(
        client, Known{RateLimit(per_second_, std::chrono::seconds(1)), recent_.begin()});
    return added.first->second.rate.admits(now);
}

}  // namespace bm
