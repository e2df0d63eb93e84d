#include "server/connection_shares.hpp"

#include <algorithm>
#include <utility>

#include "server/trusted_proxies.hpp"

namespace bm {
namespace {

constexpr unsigned bits_of_one_machine = 64;

std::string share_key(const std::string& peer) {
    const auto address = IpAddress::from(peer);
    if (!address) return peer;
    return address->network(address->bits() == 32 ? 32 : bits_of_one_machine).text();
}

}  // namespace

ConnectionShares::Place ConnectionShares::take(const std::string& peer) {
    const std::string key = share_key(peer);
    auto on_end = [key](void* shares) { static_cast<ConnectionShares*>(shares)->give_back(key); };
    {
        const std::scoped_lock lock(mutex_);
        const auto own = taken_.try_emplace(key, 0).first;
        const bool is_crowded = total_ >= places_ / 2;
        if (is_crowded && own->second >= std::max<std::size_t>(places_ / 4, 1)) return nullptr;
        ++own->second;
        ++total_;
    }
    // Without memory for it the place is given back at once.
    return {this, std::move(on_end)};
}

void ConnectionShares::give_back(const std::string& key) {
    const std::scoped_lock lock(mutex_);
    --total_;
    const auto own = taken_.find(key);
    if (--own->second == 0) taken_.erase(own);
}

}  // namespace bm
