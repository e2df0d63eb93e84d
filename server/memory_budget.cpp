#include "server/memory_budget.hpp"

#include <utility>

namespace bm {

bool MemoryBudget::take(std::size_t bytes) noexcept {
    std::size_t now = counted_;
    do {
        if (now > limits_.total || bytes > limits_.total - now) return false;
    } while (!counted_.compare_exchange_weak(now, now + bytes));
    return true;
}

MemoryBudget::Share::Share(Share&& other) noexcept
    : budget_(other.budget_), counted_(std::exchange(other.counted_, 0)) {}

MemoryBudget::Share& MemoryBudget::Share::operator=(Share&& other) noexcept {
    if (this != &other) {
        release();
        budget_ = other.budget_;
        counted_ = std::exchange(other.counted_, 0);
    }
    return *this;
}

bool MemoryBudget::Share::resize(std::size_t bytes) noexcept {
    if (budget_ == nullptr) return true;
    const std::size_t uncounted = budget_->limits_.uncounted;
    const std::size_t wanted = bytes > uncounted ? bytes - uncounted : 0;
    if (wanted > counted_ && !budget_->take(wanted - counted_)) return false;
    if (wanted < counted_) budget_->counted_ -= counted_ - wanted;
    counted_ = wanted;
    return true;
}

void MemoryBudget::Share::release() noexcept {
    if (budget_ != nullptr) budget_->counted_ -= std::exchange(counted_, 0);
}

}  // namespace bm
