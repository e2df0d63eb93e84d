#pragma once

#include <algorithm>
#include <chrono>

namespace bm {

/// How long to wait before something is tried again that has failed `tries` times before: 2 s, then
/// twice as long each time, up to an hour.
constexpr std::chrono::milliseconds retry_delay(int tries) {
    constexpr std::chrono::milliseconds first{2'000};
    constexpr int most_doublings = 11;
    return first * (1 << std::min(tries, most_doublings));
}

}  // namespace bm
