#include "server/memory_budget.hpp"

#include <new>
#include <utility>

namespace bm {

bool MemoryBudget::take(const std::string& client, std::size_t bytes) noexcept try {
    const auto has_room = [bytes](std::size_t taken, std::size_t most) {
        return taken <= most && bytes <= most - taken;
    };
    const std::scoped_lock lock(mutex_);
    if (!has_room(counted_, limits_.total)) return false;
    if (!client.empty()) {
        const auto known = of_clients_.find(client);
        const std::size_t own = known == of_clients_.end() ? 0 : known->second;
        if (!has_room(own, limits_.total / limits_.parts)) return false;
        of_clients_[client] = own + bytes;
    }
    counted_ += bytes;
    return true;
} catch (const std::bad_alloc&) {
    return false;
}

void MemoryBudget::give_back(const std::string& client, std::size_t bytes) noexcept {
    if (bytes == 0) return;
    const std::scoped_lock lock(mutex_);
    counted_ -= bytes;
    const auto own = of_clients_.find(client);
    if (own == of_clients_.end()) return;
    own->second -= bytes;
    if (own->second == 0) of_clients_.erase(own);
}

MemoryBudget::Share::Share(Share&& other) noexcept
    : account_(std::move(other.account_)), counted_(std::exchange(other.counted_, 0)) {}

MemoryBudget::Share& MemoryBudget::Share::operator=(Share&& other) noexcept {
    if (this != &other) {
        release();
        account_ = std::move(other.account_);
        counted_ = std::exchange(other.counted_, 0);
    }
    return *this;
}

bool MemoryBudget::Share::resize(std::size_t bytes) noexcept {
    MemoryBudget* const budget = account_.budget;
    if (budget == nullptr) return true;
    const std::size_t uncounted = budget->limits_.uncounted;
    const std::size_t wanted = bytes > uncounted ? bytes - uncounted : 0;
    if (wanted > counted_ && !budget->take(account_.client, wanted - counted_)) return false;
    if (wanted < counted_) budget->give_back(account_.client, counted_ - wanted);
    counted_ = wanted;
    return true;
}

void MemoryBudget::Share::release() noexcept {
    if (account_.budget == nullptr) return;
    account_.budget->give_back(account_.client, std::exchange(counted_, 0));
}

}  // namespace bm
