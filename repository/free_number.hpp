#pragma once

#include <cstdint>

namespace bm {

/// The smallest number that is free, by asking at most some fifty times. Beyond the first few a gap
/// that a deleted note left may be passed over: then it is a free number whose neighbour below is
/// taken.
template <class IsTaken>
std::int64_t free_number(IsTaken is_taken) {
    constexpr std::int64_t one_by_one = 16;
    std::int64_t taken = 0;
    std::int64_t free = 1;
    while (is_taken(free)) {
        taken = free;
        free = free < one_by_one ? free + 1 : free * 2;
    }
    while (free - taken > 1) {
        const std::int64_t middle = taken + (free - taken) / 2;
        (is_taken(middle) ? taken : free) = middle;
    }
    return free;
}

}  // namespace bm
