#pragma once

#include <cerrno>
#include <cstdint>
#include <system_error>

#include <sys/eventfd.h>
#include <unistd.h>

#include "repository/descriptor.hpp"

namespace bm {

/// Wakes a thread that polls its descriptor. Thread-safe; throws std::system_error when the process
/// has no descriptors left.
class WakeEvent {
public:
    WakeEvent() : event_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
        if (!event_) throw std::system_error(errno, std::generic_category(), "eventfd");
    }

    void wake() noexcept {
        const std::uint64_t one = 1;
        // Refused only when it is readable already.
        [[maybe_unused]] const auto written = ::write(event_.number(), &one, sizeof one);
    }
    /// Makes it sleep again.
    void clear() noexcept {
        std::uint64_t count = 0;
        [[maybe_unused]] const auto read = ::read(event_.number(), &count, sizeof count);
    }
    [[nodiscard]] int descriptor() const noexcept { return event_.number(); }

private:
    Descriptor event_;
};

}  // namespace bm
