#include "server/outbox.hpp"

#include <cerrno>
#include <cstdint>
#include <system_error>
#include <utility>

#include <sys/eventfd.h>
#include <unistd.h>

namespace bm {

Outbox::Outbox(MemoryAccount account, std::size_t cap)
    : account_(std::move(account)),
      cap_(cap),
      wake_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)),
      memory_(account_) {
    if (!wake_) throw std::system_error(errno, std::generic_category(), "eventfd");
}

bool Outbox::push(std::string_view bytes) {
    const std::scoped_lock lock(mutex_);
    if (ended_) return false;
    const bool appended = append(bytes);
    wake();
    return appended;
}

bool Outbox::push_quietly(std::string_view bytes) {
    const std::scoped_lock lock(mutex_);
    if (ended_) return false;
    const bool appended = append(bytes);
    if (!appended) wake();
    return appended;
}

bool Outbox::append(std::string_view bytes) {
    if (waiting_.size() >= cap_ || !memory_.resize(waiting_.size() + bytes.size())) {
        ended_ = broken_ = true;
    } else {
        waiting_.append(bytes);
    }
    return !broken_;
}

void Outbox::end() {
    const std::scoped_lock lock(mutex_);
    ended_ = true;
    wake();
}

void Outbox::break_off() {
    const std::scoped_lock lock(mutex_);
    waiting_ = std::string();
    memory_.release();
    ended_ = broken_ = true;
    wake();
}

bool Outbox::has_ended() const {
    const std::scoped_lock lock(mutex_);
    return ended_;
}

Outbox::Taken Outbox::take() {
    const std::scoped_lock lock(mutex_);
    std::uint64_t count = 0;
    // Once ended it stays readable: whoever waits again would wait for nothing.
    if (!ended_) [[maybe_unused]]
        const auto got = ::read(wake_.number(), &count, sizeof count);
    return {std::exchange(waiting_, {}), ended_, broken_,
            std::exchange(memory_, MemoryBudget::Share(account_))};
}

void Outbox::wake() const {
    const std::uint64_t one = 1;
    [[maybe_unused]] const auto written = ::write(wake_.number(), &one, sizeof one);
}

}  // namespace bm
